#include <openssl/evp.h>

#include "sha256.h"


int
consent_sha256(const consent_str_t *parts, unsigned nparts, unsigned char digest[32])
{
    int          ok;
    unsigned     i;
    EVP_MD_CTX  *ctx;

    ctx = EVP_MD_CTX_new();
    if (ctx == NULL) {
        return -1;
    }

    ok = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);

    for (i = 0; ok == 1 && i < nparts; i++) {
        ok = EVP_DigestUpdate(ctx, parts[i].data, parts[i].len);
    }

    if (ok == 1) {
        ok = EVP_DigestFinal_ex(ctx, digest, NULL);
    }

    EVP_MD_CTX_free(ctx);

    return ok == 1 ? 0 : -1;
}


void
consent_hex(const unsigned char *bytes, size_t n, char *out)
{
    size_t             i;
    static const char  digits[] = "0123456789abcdef";

    for (i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 0x0f];
    }

    out[2 * n] = '\0';
}
