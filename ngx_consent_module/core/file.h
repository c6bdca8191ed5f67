/*
 * Files that people write, read whole and once: what was checked is what is used, whoever replaces the file
 * meanwhile.
 */

#ifndef CONSENT_FILE_H
#define CONSENT_FILE_H

#include "problem.h"

#define CONSENT_FILE_MAX  (1024 * 1024)

/*
 * The bytes of a regular file of at most CONSENT_FILE_MAX, malloc'd, for the caller to free; data is NULL when it
 * cannot be had, which was reported.
 */
consent_str_t consent_file_read(const char *file, consent_problems_t *problems);

typedef struct {
    char      **names;      /* paths, directory included, sorted by byte value */
    unsigned    n;
} consent_files_t;

/*
 * The files of dir whose names end in ".json" and do not begin with a dot. Returns 0, or -1 after reporting; free with
 * consent_files_free() either way.
 */
int consent_files_list(consent_files_t *files, const char *dir, consent_problems_t *problems);
void consent_files_free(consent_files_t *files);

#endif
