#include "ascii.h"
#include "srcset.h"


int
consent_srcset_next(consent_str_t *rest, consent_str_t *url)
{
    int          parens;
    const char  *p, *end;

    p = rest->data;
    end = p + rest->len;

    while (p < end && (consent_is_space(*p) || *p == ',')) {
        p++;
    }

    if (p == end) {
        return 0;
    }

    for (url->data = p; p < end && !consent_is_space(*p); p++) {
        /* void */
    }

    url->len = (size_t) (p - url->data);

    if (p[-1] == ',') {
        while (url->len > 0 && url->data[url->len - 1] == ',') {
            url->len--;
        }

    } else {

        /* descriptors, up to a comma that no parenthesis encloses */

        for (parens = 0; p < end && (parens || *p != ','); p++) {
            if (*p == '(') {
                parens = 1;

            } else if (*p == ')') {
                parens = 0;
            }
        }
    }

    rest->data = p;
    rest->len = (size_t) (end - p);

    return 1;
}
