#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

#define CONSENT_FILES_MAX  4096


consent_str_t
consent_file_read(const char *file, consent_problems_t *problems)
{
    int            fd;
    char          *data;
    size_t         len;
    ssize_t        n;
    struct stat    st;
    consent_str_t  none = { NULL, 0 };

    /* O_NONBLOCK: opening a FIFO would wait for a writer. */
    fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd == -1) {
        consent_problem(problems, file, 0, "cannot be opened: %s", strerror(errno));
        return none;
    }

    if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
        consent_problem(problems, file, 0, "is not a regular file");
        close(fd);
        return none;
    }

    data = malloc(CONSENT_FILE_MAX + 1);
    if (data == NULL) {
        consent_problem(problems, file, 0, "not enough memory");
        close(fd);
        return none;
    }

    for (len = 0; len <= CONSENT_FILE_MAX; len += (size_t) n) {
        n = read(fd, data + len, CONSENT_FILE_MAX + 1 - len);

        if (n == -1 && errno == EINTR) {
            n = 0;
            continue;
        }

        if (n <= 0) {
            break;
        }
    }

    close(fd);

    if (len > CONSENT_FILE_MAX) {
        consent_problem(problems, file, 0, "is larger than %d KiB", CONSENT_FILE_MAX / 1024);
        free(data);
        return none;
    }

    if (n == -1) {
        consent_problem(problems, file, 0, "cannot be read: %s", strerror(errno));
        free(data);
        return none;
    }

    return (consent_str_t) { data, len };
}


static int
by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}


static int
is_json(const char *name)
{
    size_t  len;

    len = strlen(name);

    return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".json") == 0;
}


static char *
join(const char *dir, const char *name)
{
    char    *path;
    size_t   size;

    size = strlen(dir) + strlen(name) + 2;

    path = malloc(size);
    if (path != NULL) {
        snprintf(path, size, "%s%s%s", dir, dir[0] != '\0' && dir[strlen(dir) - 1] == '/' ? "" : "/", name);
    }

    return path;
}


int
consent_files_list(consent_files_t *files, const char *dir, consent_problems_t *problems)
{
    int             rc;
    DIR            *d;
    char          **names;
    unsigned        size;
    struct dirent  *entry;

    files->names = NULL;
    files->n = 0;

    d = opendir(dir);
    if (d == NULL) {
        consent_problem(problems, dir, 0, "cannot be opened as a directory: %s", strerror(errno));
        return -1;
    }

    rc = 0;
    size = 0;

    while ((entry = readdir(d)) != NULL) {
        if (!is_json(entry->d_name)) {
            continue;
        }

        if (files->n == CONSENT_FILES_MAX) {
            consent_problem(problems, dir, 0, "holds more than %d *.json files", CONSENT_FILES_MAX);
            rc = -1;
            break;
        }

        if (files->n == size) {
            size = size ? 2 * size : 64;
            names = realloc(files->names, size * sizeof(char *));

            if (names == NULL) {
                consent_problem(problems, dir, 0, "not enough memory");
                rc = -1;
                break;
            }

            files->names = names;
        }

        files->names[files->n] = join(dir, entry->d_name);

        if (files->names[files->n] == NULL) {
            consent_problem(problems, dir, 0, "not enough memory");
            rc = -1;
            break;
        }

        files->n++;
    }

    closedir(d);

    if (rc == 0 && files->n == 0) {
        consent_problem(problems, dir, 0, "holds no *.json file");
        return -1;
    }

    if (files->n > 1) {
        qsort(files->names, files->n, sizeof(char *), by_bytes);
    }

    return rc;
}


void
consent_files_free(consent_files_t *files)
{
    unsigned  i;

    for (i = 0; i < files->n; i++) {
        free(files->names[i]);
    }

    free(files->names);

    files->names = NULL;
    files->n = 0;
}
