/* The inside of the page files: the loaded interface, what templates may name, and the state that answers the names. */

#ifndef CONSENT_PAGE_VIEW_H
#define CONSENT_PAGE_VIEW_H

#include "page.h"
#include "template.h"

typedef enum {
    CONSENT_UI_BANNER,
    CONSENT_UI_HEAD,
    CONSENT_UI_LINK,
    CONSENT_UI_SETTINGS,
    CONSENT_UI_SERVICE,
    CONSENT_UI_TABLE,
    CONSENT_UI_PLACEHOLDER,
    CONSENT_UI_EMBED,
    CONSENT_UI_CONFIRM,
    CONSENT_UI_ERROR,
    CONSENT_UI_SAVED
} consent_ui_template_t;

#define CONSENT_UI_TEMPLATES  11

struct consent_ui_s {
    consent_template_t       *templates[CONSENT_UI_TEMPLATES];
    consent_template_scope_t  scope;

    consent_str_t             css;          /* the three below, as one file */
    consent_str_t             room_css;     /* for the page itself: room for the banner */
    consent_str_t             banner_css;   /* for the banner's shadow tree */
    consent_str_t             link_css;     /* for the permanent link */
    consent_str_t             dsfr_css;     /* the look of that name, over the others; not in css */
    consent_str_t             js;
    char                      css_hash[17];
    char                      js_hash[17];
};

/* Where a rendering stands. The indexes are those of the innermost item that sections made current. */
typedef struct {
    const consent_page_t  *page;
    consent_buf_t         *out;

    int                    purpose;
    int                    entry;           /* into policy->entries */
    int                    cookie;
    unsigned               choice_cookie;
    int                    language;

    consent_str_t          record;
    unsigned               saved:1;
    consent_str_t          url;             /* of an embed */
    consent_str_t          title;
    consent_str_t          body;            /* of a post to be confirmed */
    consent_str_t          rest;
    consent_str_t          field;
    consent_str_t          field_value;
    unsigned               status;
    consent_str_t          sentence;

    char                   scratch[32];
} consent_page_view_t;

extern const consent_template_name_t  consent_page_names[];
extern const unsigned                 consent_page_nnames;

/* Texts that the code itself asks for. Calls check with each key. */
void consent_page_own_texts(void (*check)(void *data, consent_str_t key), void *data);

void consent_page_view_init(consent_page_view_t *view, const consent_page_t *page, consent_buf_t *out);
void consent_page_view_render(consent_page_view_t *view, consent_ui_template_t which);

/* Style elements, as the page's Content-Security-Policy allows them. */
void consent_page_room_style(const consent_page_t *page, consent_buf_t *out);
void consent_page_banner_style(const consent_page_t *page, consent_buf_t *out);
void consent_page_link_style(const consent_page_t *page, consent_buf_t *out);
void consent_page_document_style(const consent_page_t *page, consent_buf_t *out);

/* In words of the page's language; in its arena. seconds: or one of CONSENT_LIFETIME_*. day: since 1970-01-01. */
consent_str_t consent_page_lifetime(const consent_page_view_t *view, int64_t seconds);
consent_str_t consent_page_cookie_name(const consent_page_view_t *view, consent_str_t name);
consent_str_t consent_page_date(const consent_page_view_t *view, uint32_t day);

#endif
