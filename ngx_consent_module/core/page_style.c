/*
 * Style elements. A page whose Content-Security-Policy refuses inline styles gets links to the same rules.
 */

#include <string.h>

#include "page_view.h"
#include "sha256.h"


static void
open_style(const consent_page_t *page, consent_buf_t *out)
{
    consent_buf_add(out, CONSENT_STR("<style"));

    if (page->nonce.len > 0) {
        consent_buf_add(out, CONSENT_STR(" nonce=\""));
        consent_buf_add_html(out, page->nonce);
        consent_buf_addc(out, '"');
    }

    consent_buf_addc(out, '>');
}


static void
link_file(const consent_page_t *page, const char *hash, consent_buf_t *out)
{
    consent_buf_add(out, CONSENT_STR("<link rel=\"stylesheet\" href=\""));
    consent_buf_add_html(out, page->endpoint);
    consent_buf_addf(out, "ui.%s.css\">", hash);
}


static unsigned
hex_byte(const char *p)
{
    unsigned  i, byte;

    byte = 0;

    for (i = 0; i < 2; i++) {
        byte = byte * 16 + (unsigned) (p[i] <= '9' ? p[i] - '0' : p[i] - 'a' + 10);
    }

    return byte;
}


static void
add_radius(const consent_theme_t *theme, consent_buf_t *out)
{
    if (theme->radius >= 0) {
        consent_buf_addf(out, ":host,:root{--ngxc-radius:%dpx}", theme->radius);
    }
}


/*
 * On a dark ground the accent is mixed with three parts of white to two: whatever it was, black letters on it and
 * itself on the ground then have a contrast above 4.5.
 */

static void
add_theme(const consent_page_t *page, consent_buf_t *out)
{
    unsigned                i, rgb[3];
    const consent_theme_t  *theme;

    theme = &page->choices->policy->theme;

    if (theme->look == CONSENT_LOOK_DSFR) {
        consent_buf_add(out, page->ui->dsfr_css);
    }

    if (theme->accent.len == 7 && theme->on_accent.len == 7) {
        for (i = 0; i < 3; i++) {
            rgb[i] = (2 * hex_byte(theme->accent.data + 1 + 2 * i) + 3 * 255) / 5;
        }

        consent_buf_add(out, CONSENT_STR(":host,:root{--ngxc-fill:"));
        consent_buf_add(out, theme->accent);
        consent_buf_add(out, CONSENT_STR(";--ngxc-on-fill:"));
        consent_buf_add(out, theme->on_accent);
        consent_buf_addf(out, ";--ngxc-dark-fill:#%02x%02x%02x;--ngxc-dark-on-fill:#000", rgb[0], rgb[1], rgb[2]);

        if (theme->pale) {
            consent_buf_add(out, CONSENT_STR(";--ngxc-rim:#1c2733"));
        }

        consent_buf_addc(out, '}');
    }

    add_radius(theme, out);
}


void
consent_page_theme(const consent_page_t *page, consent_buf_t *css, char hash[17])
{
    char           hex[65];
    consent_str_t  rules;
    unsigned char  digest[32];

    add_theme(page, css);

    rules = consent_buf_str(css);
    hash[0] = '\0';

    if (rules.len > 0 && consent_sha256(&rules, 1, digest) == 0) {
        consent_hex(digest, sizeof(digest), hex);
        memcpy(hash, hex, 16);
        hash[16] = '\0';
    }
}


/* For a tree of our own: the style sheet, and the theme over it. */

static void
link_styles(const consent_page_t *page, consent_buf_t *out)
{
    char           hash[17];
    consent_buf_t  css;

    link_file(page, page->ui->css_hash, out);

    consent_buf_init(&css, out->arena);
    consent_page_theme(page, &css, hash);

    if (hash[0] != '\0') {
        link_file(page, hash, out);
    }
}


void
consent_page_room_style(const consent_page_t *page, consent_buf_t *out)
{
    if (page->link_css) {
        link_file(page, page->ui->css_hash, out);
        return;
    }

    open_style(page, out);
    consent_buf_add(out, page->ui->room_css);
    consent_buf_add(out, CONSENT_STR("</style>"));
}


void
consent_page_banner_style(const consent_page_t *page, consent_buf_t *out)
{
    if (page->link_css) {
        link_styles(page, out);
        return;
    }

    open_style(page, out);
    consent_buf_add(out, page->ui->banner_css);
    add_theme(page, out);
    consent_buf_add(out, CONSENT_STR("</style>"));
}


void
consent_page_link_style(const consent_page_t *page, consent_buf_t *out)
{
    if (page->link_css) {
        link_file(page, page->ui->css_hash, out);
        return;
    }

    open_style(page, out);
    consent_buf_add(out, page->ui->link_css);
    add_radius(&page->choices->policy->theme, out);
    consent_buf_add(out, CONSENT_STR("</style>"));
}


void
consent_page_document_style(const consent_page_t *page, consent_buf_t *out)
{
    link_styles(page, out);
}
