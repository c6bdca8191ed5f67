/*
 * Style elements. A page whose Content-Security-Policy refuses inline styles gets a link to the same rules; a policy's own colours
 * cannot follow it there, so that the style sheet's own are used.
 */

#include "page_view.h"


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
link_style(const consent_page_t *page, consent_buf_t *out)
{
    consent_buf_add(out, CONSENT_STR("<link rel=\"stylesheet\" href=\""));
    consent_buf_add_html(out, page->endpoint);
    consent_buf_addf(out, "ui.%s.css\">", page->ui->css_hash);
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


/*
 * On a dark ground the accent is mixed with three parts of white to two: whatever it was, black letters on it and itself on the
 * ground then have a contrast above 4.5.
 */

static void
add_theme(const consent_theme_t *theme, consent_buf_t *out)
{
    unsigned  i, rgb[3];

    if (theme->accent.len == 7 && theme->on_accent.len == 7) {
        for (i = 0; i < 3; i++) {
            rgb[i] = (2 * hex_byte(theme->accent.data + 1 + 2 * i) + 3 * 255) / 5;
        }

        consent_buf_add(out, CONSENT_STR(":host,:root{--ngxc-fill:"));
        consent_buf_add(out, theme->accent);
        consent_buf_add(out, CONSENT_STR(";--ngxc-on-fill:"));
        consent_buf_add(out, theme->on_accent);
        consent_buf_addf(out, ";--ngxc-dark-fill:#%02x%02x%02x;--ngxc-dark-on-fill:#000}", rgb[0], rgb[1], rgb[2]);
    }

    if (theme->radius >= 0) {
        consent_buf_addf(out, ":host,:root{--ngxc-radius:%dpx}", theme->radius);
    }
}


void
consent_page_room_style(const consent_page_t *page, consent_buf_t *out)
{
    if (page->link_css) {
        link_style(page, out);
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
        link_style(page, out);
        return;
    }

    open_style(page, out);
    consent_buf_add(out, page->ui->banner_css);
    add_theme(&page->choices->policy->theme, out);
    consent_buf_add(out, CONSENT_STR("</style>"));
}


void
consent_page_link_style(const consent_page_t *page, consent_buf_t *out)
{
    if (page->link_css) {
        return;
    }

    open_style(page, out);
    consent_buf_add(out, page->ui->link_css);
    consent_buf_add(out, CONSENT_STR("</style>"));
}


void
consent_page_document_style(const consent_page_t *page, consent_buf_t *out)
{
    const consent_theme_t  *theme = &page->choices->policy->theme;

    link_style(page, out);

    if (page->link_css || (theme->accent.len == 0 && theme->radius < 0)) {
        return;
    }

    open_style(page, out);
    add_theme(theme, out);
    consent_buf_add(out, CONSENT_STR("</style>"));
}
