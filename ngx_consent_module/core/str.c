#include <string.h>

#include "str.h"


static unsigned char
lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (unsigned char) (c | 0x20) : (unsigned char) c;
}


consent_str_t
consent_str(const char *nul_terminated)
{
    return (consent_str_t) { nul_terminated, strlen(nul_terminated) };
}


int
consent_str_eq(consent_str_t a, consent_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


int
consent_str_caseeq(consent_str_t a, consent_str_t b)
{
    if (a.len != b.len) {
        return 0;
    }

    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return 0;
        }
    }

    return 1;
}


int
consent_str_starts(consent_str_t s, consent_str_t prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}


consent_str_t
consent_str_trim(consent_str_t s)
{
    while (s.len > 0 && (unsigned char) s.data[0] <= 0x20) {
        s.data++;
        s.len--;
    }

    while (s.len > 0 && (unsigned char) s.data[s.len - 1] <= 0x20) {
        s.len--;
    }

    return s;
}
