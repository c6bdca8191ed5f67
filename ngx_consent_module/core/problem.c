#include <stdarg.h>
#include <stdio.h>

#include "problem.h"


void
consent_problem(consent_problems_t *problems, const char *file, unsigned line, const char *format, ...)
{
    char     text[1024];
    va_list  args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    problems->count++;
    problems->report(problems->data, file, line, text);
}
