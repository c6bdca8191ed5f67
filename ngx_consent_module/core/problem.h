/*
 * Mistakes in files that people write. Every one names its file, its line and what to do; loading goes on as far as it can,
 * so that one run shows them all.
 */

#ifndef CONSENT_PROBLEM_H
#define CONSENT_PROBLEM_H

#include "str.h"

typedef struct {
    void    (*report)(void *data, const char *file, unsigned line, const char *text);   /* line 0: the file as a whole */
    void     *data;
    unsigned  count;
} consent_problems_t;

void consent_problem(consent_problems_t *problems, const char *file, unsigned line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
