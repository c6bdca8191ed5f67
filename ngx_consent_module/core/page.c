#include "page_view.h"


static void
render(const consent_page_t *page, consent_ui_template_t which, consent_buf_t *out)
{
    consent_page_view_t  view;

    consent_page_view_init(&view, page, out);
    consent_page_view_render(&view, which);
}


/* Not escaped: a policy holds no script that could end its element. */

static void
put_without_cookies(const consent_page_t *page, consent_buf_t *out)
{
    unsigned                i;
    const consent_entry_t  *entry;

    for (i = 0; i < page->choices->policy->nentries; i++) {
        entry = &page->choices->policy->entries[i];

        if (!entry->cookieless || !consent_choices_allow(page->choices, i)
            || consent_choices_allow_cookies(page->choices, i))
        {
            continue;
        }

        consent_buf_add(out, CONSENT_STR("<script"));

        if (page->script_nonce.len > 0) {
            consent_buf_add(out, CONSENT_STR(" nonce=\""));
            consent_buf_add_html(out, page->script_nonce);
            consent_buf_add(out, CONSENT_STR("\""));
        }

        consent_buf_add(out, CONSENT_STR(">"));
        consent_buf_add(out, entry->service->without_cookies);
        consent_buf_add(out, CONSENT_STR("</script>\n"));
    }
}


void
consent_page_head(const consent_page_t *page, consent_buf_t *out)
{
    if (page->inline_script) {
        put_without_cookies(page, out);
    }

    if (page->script) {
        render(page, CONSENT_UI_HEAD, out);
    }
}


void
consent_page_banner(const consent_page_t *page, consent_buf_t *out)
{
    render(page, CONSENT_UI_BANNER, out);
}


void
consent_page_link(const consent_page_t *page, consent_buf_t *out)
{
    render(page, CONSENT_UI_LINK, out);
}


void
consent_page_settings(const consent_page_t *page, consent_str_t record, int saved, consent_buf_t *out)
{
    consent_page_view_t  view;

    consent_page_view_init(&view, page, out);
    view.record = record;
    view.saved = saved ? 1 : 0;

    consent_page_view_render(&view, CONSENT_UI_SETTINGS);
}


void
consent_page_table(const consent_page_t *page, consent_buf_t *out)
{
    render(page, CONSENT_UI_TABLE, out);
}


static void
render_embed(const consent_page_t *page, consent_ui_template_t which, unsigned index, consent_str_t url,
    consent_str_t title, consent_buf_t *out)
{
    const consent_service_t  *service;
    consent_page_view_t       view;

    service = page->choices->policy->entries[index].service;

    consent_page_view_init(&view, page, out);
    view.entry = (int) index;
    view.purpose = (int) service->purpose;
    view.url = url;
    view.title = title;

    consent_page_view_render(&view, which);
}


void
consent_page_placeholder(const consent_page_t *page, unsigned index, consent_str_t url, consent_str_t title,
    consent_buf_t *out)
{
    render_embed(page, CONSENT_UI_PLACEHOLDER, index, url, title, out);
}


void
consent_page_embed_once(const consent_page_t *page, unsigned index, consent_str_t url, consent_buf_t *out)
{
    render_embed(page, CONSENT_UI_EMBED, index, url, page->choices->policy->entries[index].service->name, out);
}


void
consent_page_confirm(const consent_page_t *page, consent_str_t body, consent_buf_t *out)
{
    consent_page_view_t  view;

    consent_page_view_init(&view, page, out);
    view.body = body;

    consent_page_view_render(&view, CONSENT_UI_CONFIRM);
}


void
consent_page_error(const consent_page_t *page, unsigned status, const char *sentence, consent_buf_t *out)
{
    consent_page_view_t  view;

    consent_page_view_init(&view, page, out);
    view.status = status;
    view.sentence = consent_str(sentence);

    consent_page_view_render(&view, CONSENT_UI_ERROR);
}
