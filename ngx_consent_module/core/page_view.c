#include <stdio.h>
#include <string.h>

#include "choice_cookies.h"
#include "form.h"
#include "page_view.h"

typedef enum {
    NAME_ALLOWED,
    NAME_BACK,
    NAME_CONTACT,
    NAME_CONTACT_HREF,
    NAME_CONTROLLER,
    NAME_CHOICE_COOKIE,
    NAME_COOKIE,
    NAME_COOKIE_COUNT,
    NAME_COOKIE_LIFETIME,
    NAME_COOKIE_PURPOSE,
    NAME_COOKIE_PURPOSE_LANG,
    NAME_COUNTRY,
    NAME_CSS,
    NAME_DAY,
    NAME_DECISION,
    NAME_DENSITY,
    NAME_DESCRIPTION,
    NAME_DESCRIPTION_LANG,
    NAME_DIR,
    NAME_ENDPOINT,
    NAME_FIELD,
    NAME_FIELD_ANSWER,
    NAME_FIELD_SUBJECT,
    NAME_FIELD_VALUE,
    NAME_HASH,
    NAME_HERE,
    NAME_JS,
    NAME_LANG,
    NAME_LANGUAGE,
    NAME_LANGUAGE_HREF,
    NAME_LANGUAGE_NAME,
    NAME_LINK,
    NAME_OWN_COOKIE,
    NAME_POSITION,
    NAME_PRIVACY_POLICY,
    NAME_PROVIDER,
    NAME_PROVIDER_HREF,
    NAME_PURPOSE,
    NAME_PURPOSE_TEXT,
    NAME_PURPOSE_TITLE,
    NAME_RECORD,
    NAME_RETURN,
    NAME_SCRIPT_NONCE,
    NAME_SENTENCE,
    NAME_SERVICE,
    NAME_SERVICE_COUNT,
    NAME_SERVICE_ID,
    NAME_SETTINGS,
    NAME_SITE,
    NAME_STATE,
    NAME_STATUS,
    NAME_TITLE,
    NAME_UNTIL,
    NAME_URL,
    NAME_VALIDITY,

    NAME_BANNER_STYLE,
    NAME_DOCUMENT_STYLE,
    NAME_LINK_STYLE,
    NAME_ROOM_STYLE,
    NAME_SERVICE_DETAILS,

    NAME_IF_ACCEPTED,
    NAME_IF_AGAIN,
    NAME_IF_ALWAYS,
    NAME_IF_ASKED,
    NAME_IF_CHANGED,
    NAME_IF_CHOICE,
    NAME_IF_COOKIELESS,
    NAME_IF_COOKIES,
    NAME_IF_CURRENT,
    NAME_IF_DECIDED,
    NAME_IF_EXEMPT,
    NAME_IF_EXEMPTIONS,
    NAME_IF_FIRST,
    NAME_IF_GPC,
    NAME_IF_GROUP,
    NAME_IF_REFUSED,
    NAME_IF_SAVED,
    NAME_IF_SCRIPT,
    NAME_IF_WITHDRAWABLE,
    NAME_ASKED_AGAIN,
    NAME_ASKED_PURPOSES,
    NAME_CHOICE_COOKIES,
    NAME_ASKED_SERVICES,
    NAME_COOKIES,
    NAME_FIELDS,
    NAME_LANGUAGES,
    NAME_NECESSARY,
    NAME_PURPOSES,
    NAME_PURPOSE_SERVICES,
    NAME_SERVICES
} name_t;

#define VALUE(s)    { CONSENT_STR(s), CONSENT_TEMPLATE_VALUE }
#define MARKUP(s)   { CONSENT_STR(s), CONSENT_TEMPLATE_MARKUP }
#define SECTION(s)  { CONSENT_STR(s), CONSENT_TEMPLATE_SECTION }

const consent_template_name_t  consent_page_names[] = {
    [NAME_ALLOWED] = VALUE("allowed"),
    [NAME_BACK] = VALUE("back"),
    [NAME_CONTACT] = VALUE("contact"),
    [NAME_CONTACT_HREF] = VALUE("contact_href"),
    [NAME_CONTROLLER] = VALUE("controller"),
    [NAME_CHOICE_COOKIE] = VALUE("choice_cookie"),
    [NAME_COOKIE] = VALUE("cookie"),
    [NAME_COOKIE_COUNT] = VALUE("cookie_count"),
    [NAME_COOKIE_LIFETIME] = VALUE("cookie_lifetime"),
    [NAME_COOKIE_PURPOSE] = VALUE("cookie_purpose"),
    [NAME_COOKIE_PURPOSE_LANG] = VALUE("cookie_purpose_lang"),
    [NAME_COUNTRY] = VALUE("country"),
    [NAME_CSS] = VALUE("css"),
    [NAME_DAY] = VALUE("day"),
    [NAME_DECISION] = VALUE("decision"),
    [NAME_DENSITY] = VALUE("density"),
    [NAME_DESCRIPTION] = VALUE("description"),
    [NAME_DESCRIPTION_LANG] = VALUE("description_lang"),
    [NAME_DIR] = VALUE("dir"),
    [NAME_ENDPOINT] = VALUE("endpoint"),
    [NAME_FIELD] = VALUE("field"),
    [NAME_FIELD_ANSWER] = VALUE("field_answer"),
    [NAME_FIELD_SUBJECT] = VALUE("field_subject"),
    [NAME_FIELD_VALUE] = VALUE("field_value"),
    [NAME_HASH] = VALUE("hash"),
    [NAME_HERE] = VALUE("here"),
    [NAME_JS] = VALUE("js"),
    [NAME_LANG] = VALUE("lang"),
    [NAME_LANGUAGE] = VALUE("language"),
    [NAME_LANGUAGE_HREF] = VALUE("language_href"),
    [NAME_LANGUAGE_NAME] = VALUE("language_name"),
    [NAME_LINK] = VALUE("link"),
    [NAME_OWN_COOKIE] = VALUE("own_cookie"),
    [NAME_POSITION] = VALUE("position"),
    [NAME_PRIVACY_POLICY] = VALUE("privacy_policy"),
    [NAME_PROVIDER] = VALUE("provider"),
    [NAME_PROVIDER_HREF] = VALUE("provider_href"),
    [NAME_PURPOSE] = VALUE("purpose"),
    [NAME_PURPOSE_TEXT] = VALUE("purpose_text"),
    [NAME_PURPOSE_TITLE] = VALUE("purpose_title"),
    [NAME_RECORD] = VALUE("record"),
    [NAME_RETURN] = VALUE("return"),
    [NAME_SCRIPT_NONCE] = VALUE("script_nonce"),
    [NAME_SENTENCE] = VALUE("sentence"),
    [NAME_SERVICE] = VALUE("service"),
    [NAME_SERVICE_COUNT] = VALUE("count"),
    [NAME_SERVICE_ID] = VALUE("service_id"),
    [NAME_SETTINGS] = VALUE("settings"),
    [NAME_SITE] = VALUE("site"),
    [NAME_STATE] = VALUE("state"),
    [NAME_STATUS] = VALUE("status"),
    [NAME_TITLE] = VALUE("title"),
    [NAME_UNTIL] = VALUE("until"),
    [NAME_URL] = VALUE("url"),
    [NAME_VALIDITY] = VALUE("validity"),

    [NAME_BANNER_STYLE] = MARKUP("banner_style"),
    [NAME_DOCUMENT_STYLE] = MARKUP("document_style"),
    [NAME_LINK_STYLE] = MARKUP("link_style"),
    [NAME_ROOM_STYLE] = MARKUP("room_style"),
    [NAME_SERVICE_DETAILS] = MARKUP("service_details"),

    [NAME_IF_ACCEPTED] = SECTION("if_accepted"),
    [NAME_IF_AGAIN] = SECTION("if_again"),
    [NAME_IF_ALWAYS] = SECTION("if_always"),
    [NAME_IF_ASKED] = SECTION("if_asked"),
    [NAME_IF_CHANGED] = SECTION("if_changed"),
    [NAME_IF_CHOICE] = SECTION("if_choice"),
    [NAME_IF_COOKIELESS] = SECTION("if_cookieless"),
    [NAME_IF_COOKIES] = SECTION("if_cookies"),
    [NAME_IF_CURRENT] = SECTION("if_current"),
    [NAME_IF_DECIDED] = SECTION("if_decided"),
    [NAME_IF_EXEMPT] = SECTION("if_exempt"),
    [NAME_IF_EXEMPTIONS] = SECTION("if_exemptions"),
    [NAME_IF_FIRST] = SECTION("if_first"),
    [NAME_IF_GPC] = SECTION("if_gpc"),
    [NAME_IF_GROUP] = SECTION("if_group"),
    [NAME_IF_REFUSED] = SECTION("if_refused"),
    [NAME_IF_SAVED] = SECTION("if_saved"),
    [NAME_IF_SCRIPT] = SECTION("if_script"),
    [NAME_IF_WITHDRAWABLE] = SECTION("if_withdrawable"),
    [NAME_ASKED_AGAIN] = SECTION("asked_again"),
    [NAME_ASKED_PURPOSES] = SECTION("asked_purposes"),
    [NAME_CHOICE_COOKIES] = SECTION("choice_cookies"),
    [NAME_ASKED_SERVICES] = SECTION("asked_services"),
    [NAME_COOKIES] = SECTION("cookies"),
    [NAME_FIELDS] = SECTION("fields"),
    [NAME_LANGUAGES] = SECTION("languages"),
    [NAME_NECESSARY] = SECTION("necessary"),
    [NAME_PURPOSES] = SECTION("purposes"),
    [NAME_PURPOSE_SERVICES] = SECTION("purpose_services"),
    [NAME_SERVICES] = SECTION("services")
};

const unsigned  consent_page_nnames = sizeof(consent_page_names) / sizeof(consent_page_names[0]);

static const consent_str_t  empty = { "", 0 };

static const char  *own_texts[] = {
    "link.text",
    "language.name",
    "state.accepted", "state.refused", "state.undecided", "state.exempt", "state.necessary", "state.gpc",
    "button.accept_all", "button.refuse_all", "button.save", "choice.accept", "choice.refuse",
    "lifetime.session", "lifetime.unknown",
    "lifetime.year.one", "lifetime.month.one", "lifetime.day.one", "lifetime.hour.one", "lifetime.minute.one",
    "lifetime.second.one",
    "lifetime.year.other", "lifetime.month.other", "lifetime.day.other", "lifetime.hour.other", "lifetime.minute.other",
    "lifetime.second.other",
    "date.format", "date.first",
    "date.month.1", "date.month.2", "date.month.3", "date.month.4", "date.month.5", "date.month.6",
    "date.month.7", "date.month.8", "date.month.9", "date.month.10", "date.month.11", "date.month.12"
};


void
consent_page_own_texts(void (*check)(void *data, consent_str_t key), void *data)
{
    int       len;
    char      key[64];
    unsigned  i;

    for (i = 0; i < sizeof(own_texts) / sizeof(own_texts[0]); i++) {
        check(data, consent_str(own_texts[i]));
    }

    for (i = 0; i < CONSENT_PURPOSES; i++) {
        len = snprintf(key, sizeof(key), "purpose.%.*s.title", (int) consent_purpose_names[i].len,
                       consent_purpose_names[i].data);
        check(data, (consent_str_t) { key, (size_t) len });

        len = snprintf(key, sizeof(key), "purpose.%.*s.text", (int) consent_purpose_names[i].len,
                       consent_purpose_names[i].data);
        check(data, (consent_str_t) { key, (size_t) len });
    }
}


static consent_str_t
text(void *data, consent_str_t key)
{
    const consent_page_t       *page;
    const consent_page_view_t  *view = data;

    page = view->page;

    return consent_policy_text(page->choices->policy, page->locale, key);
}


static consent_str_t
purpose_text(consent_page_view_t *view, consent_purpose_t purpose, const char *part)
{
    int   len;
    char  key[64];

    len = snprintf(key, sizeof(key), "purpose.%.*s.%s", (int) consent_purpose_names[purpose].len,
                   consent_purpose_names[purpose].data, part);

    return text(view, (consent_str_t) { key, (size_t) len });
}


static consent_str_t
number(consent_page_view_t *view, unsigned n)
{
    int  len;

    len = snprintf(view->scratch, sizeof(view->scratch), "%u", n);

    return (consent_str_t) { view->scratch, (size_t) len };
}


static consent_str_t
join(consent_page_view_t *view, const consent_str_t *parts, unsigned n)
{
    char      *p;
    size_t     len;
    unsigned   i;

    len = 0;

    for (i = 0; i < n; i++) {
        len += parts[i].len;
    }

    p = consent_alloc(view->out->arena, len + 1);
    if (p == NULL) {
        view->out->failed = 1;
        return empty;
    }

    len = 0;

    for (i = 0; i < n; i++) {
        if (parts[i].len > 0) {
            memcpy(p + len, parts[i].data, parts[i].len);
            len += parts[i].len;
        }
    }

    return (consent_str_t) { p, len };
}


/* What may stand in href: the web or this site. Anything else (javascript:, data:) is shown as text or not at all. */

static consent_str_t
safe_href(consent_str_t s)
{
    if (consent_str_starts(s, CONSENT_STR("https://")) || consent_str_starts(s, CONSENT_STR("http://"))
        || consent_local_path(s))
    {
        return s;
    }

    return empty;
}


static consent_str_t
contact_href(consent_page_view_t *view, consent_str_t contact)
{
    consent_str_t  parts[2];

    if (contact.len == 0 || memchr(contact.data, '@', contact.len) == NULL
        || memchr(contact.data, '/', contact.len) != NULL)
    {
        return safe_href(contact);
    }

    parts[0] = CONSENT_STR("mailto:");
    parts[1] = contact;

    return join(view, parts, 2);
}


/* The settings in the language of this page, which need not be the visitor's. */

static consent_str_t
settings_href(consent_page_view_t *view, consent_str_t tag)
{
    consent_str_t          parts[3];
    const consent_page_t  *page;

    page = view->page;

    if (page->choices->policy->nlanguages == 1) {
        return page->endpoint;
    }

    parts[0] = page->endpoint;
    parts[1] = CONSENT_STR("?lang=");
    parts[2] = tag;

    return join(view, parts, 3);
}


/* The same, where the way back is kept. */

static consent_str_t
language_href(consent_page_view_t *view, consent_str_t tag)
{
    consent_buf_t  buf;
    consent_str_t  parts[3];

    parts[0] = settings_href(view, tag);

    if (view->page->return_to.len == 0) {
        return parts[0];
    }

    consent_buf_init(&buf, view->out->arena);
    consent_buf_add_uri_component(&buf, view->page->return_to);

    parts[1] = memchr(parts[0].data, '?', parts[0].len) != NULL ? CONSENT_STR("&return=") : CONSENT_STR("?return=");
    parts[2] = consent_buf_str(&buf);

    return join(view, parts, 3);
}


static consent_str_t
ui_file(consent_page_view_t *view, const char *hash, consent_str_t extension)
{
    consent_str_t  parts[4];

    parts[0] = view->page->endpoint;
    parts[1] = CONSENT_STR("ui.");
    parts[2] = consent_str(hash);
    parts[3] = extension;

    return join(view, parts, 4);
}


static consent_str_t
allowed(consent_page_view_t *view)
{
    consent_buf_t  buf;

    consent_buf_init(&buf, view->out->arena);
    consent_choices_services(view->page->choices, &buf);

    if (buf.failed) {
        view->out->failed = 1;
    }

    return consent_buf_str(&buf);
}


static consent_str_t
country(consent_page_view_t *view, consent_str_t code)
{
    int            len;
    char           key[32];
    consent_str_t  name;

    if (code.len != 2) {
        return empty;
    }

    len = snprintf(key, sizeof(key), "country.%.2s", code.data);
    name = text(view, (consent_str_t) { key, (size_t) len });

    return name.len > 0 ? name : code;
}


static consent_str_t
state(consent_page_view_t *view)
{
    const consent_entry_t    *entry;
    const consent_choices_t  *choices;

    choices = view->page->choices;
    entry = &choices->policy->entries[view->entry];

    if (entry->basis == CONSENT_BASIS_NECESSARY) {
        return text(view, CONSENT_STR("state.necessary"));
    }

    switch (choices->answers[view->entry]) {

    case CONSENT_ACCEPTED:
        return text(view, CONSENT_STR("state.accepted"));

    case CONSENT_REFUSED:
        return text(view, CONSENT_STR("state.refused"));

    default:
        if (consent_choices_allow(choices, (unsigned) view->entry)) {
            return text(view, CONSENT_STR("state.exempt"));
        }

        return choices->gpc ? text(view, CONSENT_STR("state.gpc")) : text(view, CONSENT_STR("state.undecided"));
    }
}


static unsigned
count_asked(const consent_policy_t *policy)
{
    unsigned  i, n;

    n = 0;

    for (i = 0; i < policy->nentries; i++) {
        n += policy->entries[i].basis == CONSENT_BASIS_CONSENT;
    }

    return n;
}


/* The language of the text that a visitor gets for want of one in his own; else empty (WCAG 2.2, 3.1.2). */

static consent_str_t
other_language(consent_page_view_t *view, const consent_texts_t *texts)
{
    size_t         primary;
    unsigned       i;
    consent_str_t  tag, text;

    tag = consent_locale_tag(view->page->locale);
    text = consent_text(texts, tag);

    for (primary = 0; primary < tag.len && tag.data[primary] != '-'; primary++) { /* void */ }

    for (i = 0; i < texts->n; i++) {
        if (texts->elts[i].text.data == text.data) {
            return consent_str_caseeq(texts->elts[i].lang, tag)
                   || consent_str_caseeq(texts->elts[i].lang, (consent_str_t) { tag.data, primary })
                   ? empty : texts->elts[i].lang;
        }
    }

    return empty;
}


static consent_str_t
service_value(consent_page_view_t *view, name_t name)
{
    const consent_service_t         *service;
    const consent_cookie_pattern_t  *cookie;

    service = view->page->choices->policy->entries[view->entry].service;

    switch (name) {

    case NAME_SERVICE:
        return service->name;

    case NAME_SERVICE_ID:
        return service->id;

    case NAME_PROVIDER:
        return service->provider;

    case NAME_PROVIDER_HREF:
        return safe_href(service->privacy_policy);

    case NAME_COUNTRY:
        return country(view, service->country);

    case NAME_DESCRIPTION:
        return consent_text(&service->description, consent_locale_tag(view->page->locale));

    case NAME_DESCRIPTION_LANG:
        return other_language(view, &service->description);

    case NAME_COOKIE_COUNT:
        return number(view, service->ncookies);

    default:
        break;
    }

    if (view->cookie < 0 || (unsigned) view->cookie >= service->ncookies) {
        return empty;
    }

    cookie = &service->cookies[view->cookie];

    switch (name) {

    case NAME_COOKIE:
        return consent_page_cookie_name(view, cookie->name);

    case NAME_COOKIE_LIFETIME:
        return consent_page_lifetime(view, cookie->lifetime);

    case NAME_COOKIE_PURPOSE_LANG:
        return other_language(view, &cookie->description);

    default:    /* NAME_COOKIE_PURPOSE: a cookie that nobody described serves what its service serves */
        if (cookie->description.n > 0) {
            return consent_text(&cookie->description, consent_locale_tag(view->page->locale));
        }

        return purpose_text(view, service->purpose, "title");
    }
}


static consent_str_t
language_value(consent_page_view_t *view, name_t name)
{
    consent_str_t             tag;
    const consent_locale_t   *locale;
    const consent_policy_t   *policy;

    policy = view->page->choices->policy;
    tag = policy->languages[view->language];

    if (name == NAME_LANGUAGE_HREF) {
        return language_href(view, tag);
    }

    if (name == NAME_LANGUAGE) {
        return tag;
    }

    locale = consent_policy_locale(policy, tag);

    return locale != NULL ? consent_locale_text(locale, CONSENT_STR("language.name")) : tag;
}


/* A post in words, for the visitor who is asked whether it was his. */

static consent_str_t
decision(consent_page_view_t *view)
{
    consent_str_t  posted;

    posted = consent_form_value(view->out->arena, view->body, CONSENT_STR("decision"));

    if (consent_str_eq(posted, CONSENT_STR("accept-all"))) {
        return text(view, CONSENT_STR("button.accept_all"));
    }

    if (consent_str_eq(posted, CONSENT_STR("refuse-all"))) {
        return text(view, CONSENT_STR("button.refuse_all"));
    }

    return empty;
}


static consent_str_t
field_subject(consent_page_view_t *view)
{
    int                      i;
    consent_str_t            name;
    const consent_policy_t  *policy;

    policy = view->page->choices->policy;

    if (consent_str_starts(view->field, CONSENT_STR("service."))) {
        name = (consent_str_t) { view->field.data + 8, view->field.len - 8 };
        i = consent_policy_find(policy, name);

        return i >= 0 ? policy->entries[i].service->name : empty;
    }

    if (consent_str_starts(view->field, CONSENT_STR("purpose."))) {
        name = (consent_str_t) { view->field.data + 8, view->field.len - 8 };

        for (i = 0; i < CONSENT_PURPOSES; i++) {
            if (consent_str_eq(consent_purpose_names[i], name)) {
                return purpose_text(view, (consent_purpose_t) i, "title");
            }
        }
    }

    return empty;
}


static consent_str_t
field_answer(consent_page_view_t *view)
{
    if (consent_str_eq(view->field_value, CONSENT_STR("accept"))) {
        return text(view, CONSENT_STR("choice.accept"));
    }

    return text(view, CONSENT_STR("choice.refuse"));
}


static consent_str_t
value(void *data, unsigned name)
{
    consent_page_view_t    *view = data;
    const consent_page_t   *page = view->page;
    const consent_policy_t *policy = page->choices->policy;

    switch ((name_t) name) {

    case NAME_ALLOWED:
        return allowed(view);

    case NAME_BACK:
        return page->return_to.len > 0 ? page->return_to : CONSENT_STR("/");

    case NAME_CONTACT:
        return policy->contact;

    case NAME_CONTACT_HREF:
        return contact_href(view, policy->contact);

    case NAME_CONTROLLER:
        return policy->controller.len > 0 ? policy->controller : policy->site;

    case NAME_CSS:
        return ui_file(view, page->ui->css_hash, CONSENT_STR(".css"));

    case NAME_DAY:
        return consent_page_date(view, page->choices->day);

    case NAME_DECISION:
        return decision(view);

    case NAME_DENSITY:
        return policy->theme.density == CONSENT_DENSITY_COMPACT ? CONSENT_STR("compact") : empty;

    case NAME_DIR:
        return consent_locale_is_rtl(page->locale) ? CONSENT_STR("rtl") : CONSENT_STR("ltr");

    case NAME_ENDPOINT:
        return page->endpoint;

    case NAME_FIELD:
        return view->field;

    case NAME_FIELD_ANSWER:
        return field_answer(view);

    case NAME_FIELD_SUBJECT:
        return field_subject(view);

    case NAME_FIELD_VALUE:
        return view->field_value;

    case NAME_HASH:
        return consent_str(policy->hash);

    case NAME_HERE:
        return language_href(view, consent_locale_tag(page->locale));

    case NAME_JS:
        return ui_file(view, page->ui->js_hash, CONSENT_STR(".js"));

    case NAME_LANG:
        return consent_locale_tag(page->locale);

    case NAME_LANGUAGE:
    case NAME_LANGUAGE_HREF:
    case NAME_LANGUAGE_NAME:
        return language_value(view, (name_t) name);

    case NAME_LINK:
        return text(view, CONSENT_STR("link.text"));

    case NAME_CHOICE_COOKIE:
        return consent_choice_cookie_name(policy, view->choice_cookie);

    case NAME_OWN_COOKIE:
        return page->cookie;

    case NAME_POSITION:
        return policy->theme.position == CONSENT_POSITION_TOP ? CONSENT_STR("top") : empty;

    case NAME_PRIVACY_POLICY:
        return safe_href(policy->privacy_policy);

    case NAME_PURPOSE:
        return consent_purpose_names[view->purpose];

    case NAME_PURPOSE_TEXT:
        return purpose_text(view, (consent_purpose_t) view->purpose, "text");

    case NAME_PURPOSE_TITLE:
        return purpose_text(view, (consent_purpose_t) view->purpose, "title");

    case NAME_RECORD:
        return view->record;

    case NAME_RETURN:
        return page->return_to;

    case NAME_SCRIPT_NONCE:
        return page->script_nonce;

    case NAME_SENTENCE:
        return view->sentence;

    case NAME_SERVICE_COUNT:
        return number(view, count_asked(policy));

    case NAME_SETTINGS:
        return settings_href(view, consent_locale_tag(page->locale));

    case NAME_SITE:
        return policy->site;

    case NAME_STATE:
        return view->entry < 0 ? empty : state(view);

    case NAME_STATUS:
        return number(view, view->status);

    case NAME_TITLE:
        return view->title;

    case NAME_UNTIL:
        return consent_page_date(view, page->choices->day + page->validity_days);

    case NAME_URL:
        return view->url;

    case NAME_VALIDITY:
        return consent_page_lifetime(view, (int64_t) page->validity_days * 24 * 60 * 60);

    default:
        return view->entry < 0 ? empty : service_value(view, (name_t) name);
    }
}


static void
markup(void *data, unsigned name, consent_buf_t *out)
{
    const consent_page_t  *page = ((consent_page_view_t *) data)->page;

    switch ((name_t) name) {

    case NAME_BANNER_STYLE:
        consent_page_banner_style(page, out);
        break;

    case NAME_DOCUMENT_STYLE:
        consent_page_document_style(page, out);
        break;

    case NAME_LINK_STYLE:
        consent_page_link_style(page, out);
        break;

    case NAME_SERVICE_DETAILS:
        consent_page_view_render(data, CONSENT_UI_SERVICE);
        break;

    default:    /* NAME_ROOM_STYLE */
        consent_page_room_style(page, out);
    }
}


/* What the banner asks for: everything the first time, afterwards only what has no answer. */

static int
is_asked(const consent_page_view_t *view, const consent_entry_t *entry)
{
    const consent_choices_t  *choices = view->page->choices;

    return entry->basis == CONSENT_BASIS_CONSENT
           && (!choices->chosen || choices->answers[entry - choices->policy->entries] == CONSENT_UNDECIDED);
}


static int
belongs(const consent_page_view_t *view, const consent_entry_t *entry, name_t section, int purpose)
{
    switch (section) {

    case NAME_ASKED_AGAIN:
        return view->page->choices->chosen && is_asked(view, entry) && (int) entry->service->purpose == view->purpose;

    case NAME_ASKED_PURPOSES:
        return is_asked(view, entry) && (int) entry->service->purpose == purpose;

    case NAME_ASKED_SERVICES:
        return is_asked(view, entry);

    case NAME_PURPOSES:
        return entry->basis != CONSENT_BASIS_NECESSARY && (int) entry->service->purpose == purpose;

    case NAME_PURPOSE_SERVICES:
        return entry->basis != CONSENT_BASIS_NECESSARY && (int) entry->service->purpose == view->purpose;

    case NAME_NECESSARY:
        return entry->basis == CONSENT_BASIS_NECESSARY;

    case NAME_IF_EXEMPTIONS:
        return entry->basis == CONSENT_BASIS_EXEMPT;

    case NAME_IF_CHOICE:
        return entry->basis != CONSENT_BASIS_NECESSARY;

    default:    /* NAME_SERVICES */
        return 1;
    }
}


/* The first entry of section from index on; nentries when there is none. */

static unsigned
find_entry(const consent_page_view_t *view, unsigned index, name_t section, int purpose)
{
    const consent_policy_t  *policy;

    policy = view->page->choices->policy;

    while (index < policy->nentries && !belongs(view, &policy->entries[index], section, purpose)) {
        index++;
    }

    return index;
}


static int
next_entry(consent_page_view_t *view, name_t section, unsigned i)
{
    unsigned  index;

    index = find_entry(view, i == 0 ? 0 : (unsigned) view->entry + 1, section, 0);

    if (index == view->page->choices->policy->nentries) {
        view->entry = -1;
        return 0;
    }

    view->entry = (int) index;
    view->cookie = -1;

    return 1;
}


static int
next_purpose(consent_page_view_t *view, name_t section, unsigned i)
{
    int  purpose;

    for (purpose = (i == 0) ? 0 : view->purpose + 1; purpose < CONSENT_PURPOSES; purpose++) {
        if (find_entry(view, 0, section, purpose) < view->page->choices->policy->nentries) {
            view->purpose = purpose;
            return 1;
        }
    }

    return 0;
}


/* Two services or more that can be answered together. */

static int
is_group(const consent_page_view_t *view)
{
    unsigned  index, nentries;

    nentries = view->page->choices->policy->nentries;
    index = find_entry(view, 0, NAME_PURPOSE_SERVICES, 0);

    return index < nentries && find_entry(view, index + 1, NAME_PURPOSE_SERVICES, 0) < nentries;
}


static int
next_field(consent_page_view_t *view, unsigned i)
{
    int  rc;

    if (i == 0) {
        view->rest = view->body;
    }

    rc = consent_form_next(view->out->arena, &view->rest, &view->field, &view->field_value);

    if (rc == -1) {
        view->out->failed = 1;
    }

    return rc > 0;
}


static int
condition(const consent_page_view_t *view, name_t name)
{
    const consent_page_t     *page = view->page;
    const consent_choices_t  *choices = page->choices;

    switch (name) {

    case NAME_IF_ACCEPTED:
        return choices->answers[view->entry] == CONSENT_ACCEPTED;

    case NAME_IF_REFUSED:
        return choices->answers[view->entry] == CONSENT_REFUSED;

    case NAME_IF_AGAIN:
        return choices->chosen;

    case NAME_IF_ALWAYS:
        return choices->policy->entries[view->entry].basis == CONSENT_BASIS_NECESSARY;

    case NAME_IF_EXEMPT:
        return choices->policy->entries[view->entry].basis == CONSENT_BASIS_EXEMPT;

    case NAME_IF_EXEMPTIONS:
        return find_entry(view, 0, NAME_IF_EXEMPTIONS, 0) < choices->policy->nentries;

    case NAME_IF_ASKED:
        return count_asked(choices->policy) > 0;

    case NAME_IF_CHANGED:
        return choices->changed;

    case NAME_IF_CHOICE:
        return find_entry(view, 0, NAME_IF_CHOICE, 0) < choices->policy->nentries;

    case NAME_IF_COOKIELESS:
        return choices->policy->entries[view->entry].cookieless;

    case NAME_IF_COOKIES:
        return choices->policy->entries[view->entry].service->ncookies > 0;

    case NAME_IF_CURRENT:
        return consent_str_caseeq(choices->policy->languages[view->language], consent_locale_tag(page->locale));

    case NAME_IF_DECIDED:
        return choices->chosen && choices->day > 0;

    case NAME_IF_FIRST:
        return view->cookie == 0;

    case NAME_IF_GPC:
        return choices->gpc && !choices->chosen;

    case NAME_IF_GROUP:
        return is_group(view);

    case NAME_IF_SAVED:
        return view->saved;

    case NAME_IF_SCRIPT:
        return page->script;

    default:    /* NAME_IF_WITHDRAWABLE */
        return memchr(choices->answers, CONSENT_ACCEPTED, choices->policy->nentries) != NULL;
    }
}


static int
item(void *data, unsigned section, unsigned i)
{
    consent_page_view_t  *view = data;

    switch ((name_t) section) {

    case NAME_ASKED_PURPOSES:
    case NAME_PURPOSES:
        return next_purpose(view, (name_t) section, i);

    case NAME_ASKED_AGAIN:
    case NAME_ASKED_SERVICES:
    case NAME_PURPOSE_SERVICES:
    case NAME_NECESSARY:
    case NAME_SERVICES:
        return next_entry(view, (name_t) section, i);

    case NAME_CHOICE_COOKIES:
        view->choice_cookie = i;
        return consent_choice_cookie_name(view->page->choices->policy, i).len > 0;

    case NAME_COOKIES:
        view->cookie = (int) i;
        return i < view->page->choices->policy->entries[view->entry].service->ncookies;

    case NAME_LANGUAGES:
        view->language = (int) i;
        return view->page->choices->policy->nlanguages > 1 && i < view->page->choices->policy->nlanguages;

    case NAME_FIELDS:
        return next_field(view, i);

    default:
        return i == 0 && condition(view, (name_t) section);
    }
}


void
consent_page_view_init(consent_page_view_t *view, const consent_page_t *page, consent_buf_t *out)
{
    memset(view, 0, sizeof(*view));

    view->page = page;
    view->out = out;
    view->entry = -1;
    view->cookie = -1;
}


void
consent_page_view_render(consent_page_view_t *view, consent_ui_template_t which)
{
    static const consent_template_view_t  callbacks = { text, value, markup, item };

    consent_template_render(view->page->ui->templates[which], &callbacks, view, view->out);
}
