/*
 * Key files, and policies built by hand, for the tests of what stands on a choice. Such a policy matches nothing: who
 * needs patterns loads a file.
 */

#ifndef CONSENT_TEST_CHOICE_FIXTURE_H
#define CONSENT_TEST_CHOICE_FIXTURE_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "choices.h"
#include "heap.h"
#include "keyring.h"

#define KEY_A  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B  "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
#define KEY_C  "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8="

/* What was reported, line by line: "LINE: text". */
typedef struct {
    consent_problems_t  problems;
    char                text[8192];
    size_t              len;
} reports_t;


static inline void
reports_add(void *data, const char *file, unsigned line, const char *text)
{
    reports_t  *reports = data;

    (void) file;

    reports->len += (size_t) snprintf(reports->text + reports->len, sizeof(reports->text) - reports->len, "%u: %s\n",
                                      line, text);
}


static inline void
reports_init(reports_t *reports)
{
    memset(reports, 0, sizeof(*reports));

    reports->problems.report = reports_add;
    reports->problems.data = reports;
}


/* A file of that content, in memory; fd is to be closed. */

static inline void
memory_file(const char *content, size_t len, int *fd, char path[64])
{
    *fd = memfd_create("fixture", MFD_CLOEXEC);

    if (*fd == -1 || write(*fd, content, len) != (ssize_t) len) {
        abort();
    }

    snprintf(path, 64, "/proc/self/fd/%d", *fd);
}


static inline consent_keyring_t *
keyring_of(heap_t *heap, reports_t *reports, const char *content)
{
    int                 fd;
    char                path[64];
    consent_keyring_t  *keyring;

    reports_init(reports);
    memory_file(content, strlen(content), &fd, path);

    keyring = consent_keyring_load(&heap->arena, path, &reports->problems);

    close(fd);

    return keyring;
}


/* A policy that grows by one service a call. */
typedef struct {
    consent_policy_t   policy;
    consent_entry_t    entries[CONSENT_MAX_SERVICES];
    consent_service_t  services[CONSENT_MAX_SERVICES];
} site_t;


static inline void
site_init(site_t *site)
{
    memset(site, 0, sizeof(*site));

    site->policy.entries = site->entries;
    site->policy.unknown_services = CONSENT_UNKNOWN_BLOCK;
    memset(site->policy.hash, 'a', CONSENT_HASH_HEX_LEN);
}


/* The fingerprint is four letters. */

static inline unsigned
site_add(site_t *site, const char *id, consent_purpose_t purpose, consent_basis_t basis, const char *fingerprint)
{
    unsigned  i = site->policy.nentries++;

    site->services[i].id = consent_str(id);
    site->services[i].purpose = purpose;
    site->entries[i].service = &site->services[i];
    site->entries[i].basis = basis;
    memcpy(site->entries[i].fingerprint, fingerprint, CONSENT_FINGERPRINT_LEN);

    return i;
}

#endif
