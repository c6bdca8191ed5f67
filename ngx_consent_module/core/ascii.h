/*
 * Bytes by the classes of ASCII that standards speak of (Infra 4.6), whatever the locale.
 */

#ifndef CONSENT_ASCII_H
#define CONSENT_ASCII_H

static inline int
consent_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}


static inline int
consent_is_digit(char c)
{
    return (unsigned char) (c - '0') < 10;
}


static inline int
consent_is_alpha(char c)
{
    return (unsigned char) ((c | 0x20) - 'a') < 26;
}


static inline char
consent_to_lower(char c)
{
    return (unsigned char) (c - 'A') < 26 ? (char) (c | 0x20) : c;
}


/* The value of a hexadecimal digit, or -1. */

static inline int
consent_hex_digit(char c)
{
    if (consent_is_digit(c)) {
        return c - '0';
    }

    c = (char) (c | 0x20);

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
