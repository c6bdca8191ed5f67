/*
 * Loads what assets/ui holds: templates are compiled, the style sheets squeezed and put together, files named by their
 * hash.
 */

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "page_view.h"
#include "sha256.h"

typedef struct {
    consent_arena_t          *arena;
    const char               *dir;
    const consent_locales_t  *locales;
    consent_problems_t       *problems;
} loader_t;

static const char  *template_files[CONSENT_UI_TEMPLATES] = {
    [CONSENT_UI_BANNER] = "banner.html",
    [CONSENT_UI_HEAD] = "head.html",
    [CONSENT_UI_LINK] = "link.html",
    [CONSENT_UI_SETTINGS] = "settings.html",
    [CONSENT_UI_SERVICE] = "service.html",
    [CONSENT_UI_TABLE] = "table.html",
    [CONSENT_UI_PLACEHOLDER] = "placeholder.html",
    [CONSENT_UI_EMBED] = "embed.html",
    [CONSENT_UI_CONFIRM] = "confirm.html",
    [CONSENT_UI_ERROR] = "error.html",
    [CONSENT_UI_SAVED] = "saved.html"
};


/* path is in the arena: templates name it in messages. data is NULL when the file cannot be had; that was reported. */

static consent_str_t
read_file(loader_t *loader, const char *name, const char **path)
{
    consent_buf_t  buf;
    consent_str_t  content, copy;

    *path = name;

    consent_buf_init(&buf, loader->arena);
    consent_buf_addf(&buf, "%s/%s", loader->dir, name);
    consent_buf_addc(&buf, '\0');

    if (buf.failed) {
        return (consent_str_t) { NULL, 0 };
    }

    *path = buf.data;

    content = consent_file_read(*path, loader->problems);
    if (content.data == NULL) {
        return content;
    }

    copy = consent_strdup(loader->arena, content);
    free((char *) content.data);

    return copy;
}


/* CSS without comments and layout. Strings are copied as they are. */

static void
squeeze_css(consent_buf_t *out, consent_str_t css)
{
    char    c, quote;
    size_t  i;

    quote = 0;

    for (i = 0; i < css.len; i++) {
        c = css.data[i];

        if (quote) {
            quote = (c == quote) ? 0 : quote;
            consent_buf_addc(out, c);
            continue;
        }

        if (c == '/' && i + 1 < css.len && css.data[i + 1] == '*') {
            for (i += 3; i < css.len && (css.data[i - 1] != '*' || css.data[i] != '/'); i++) { /* void */ }

            continue;
        }

        if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
            if (out->len > 0 && memchr(" {};,", out->data[out->len - 1], 5) == NULL) {
                consent_buf_addc(out, ' ');
            }

            continue;
        }

        if ((c == '{' || c == '}') && out->len > 0 && (out->data[out->len - 1] == ' ' || out->data[out->len - 1] == ';')
            && !out->failed)
        {
            out->len--;
        }

        quote = (c == '"' || c == '\'') ? c : 0;
        consent_buf_addc(out, c);
    }
}


static consent_str_t
load_css(loader_t *loader, const char *name)
{
    const char     *path;
    consent_buf_t   buf;
    consent_str_t   css;

    css = read_file(loader, name, &path);
    if (css.data == NULL) {
        return css;
    }

    consent_buf_init(&buf, loader->arena);
    squeeze_css(&buf, css);

    css = consent_buf_str(&buf);

    /* What is put into a style element must not be able to end it, nor depend on the page's charset. */

    for (size_t i = 0; i < css.len; i++) {
        if ((unsigned char) css.data[i] >= 0x80 || css.data[i] == '<') {
            consent_problem(loader->problems, path, 0, "holds \"<\" or a letter beyond ASCII: write a CSS escape");
            return (consent_str_t) { NULL, 0 };
        }
    }

    return css;
}


/* The script without comments and indentation; its comments begin and end lines, and no string spans two. */

static consent_str_t
load_js(loader_t *loader)
{
    char           *end;
    const char     *path;
    consent_buf_t   buf;
    consent_str_t   js, line;

    js = read_file(loader, "ui.js", &path);
    if (js.data == NULL) {
        return js;
    }

    consent_buf_init(&buf, loader->arena);

    while (js.len > 0) {
        end = memchr(js.data, '\n', js.len);
        line = (consent_str_t) { js.data, end != NULL ? (size_t) (end - js.data) : js.len };

        if (consent_str_starts(consent_str_trim(line), CONSENT_STR("/*"))) {
            end = memmem(js.data, js.len, "*/", 2);
            line = (consent_str_t) { js.data, end != NULL ? (size_t) (end + 2 - js.data) : js.len };

        } else if (consent_str_trim(line).len > 0) {
            consent_buf_add(&buf, consent_str_trim(line));
            consent_buf_addc(&buf, '\n');
        }

        js.data += line.len < js.len ? line.len + 1 : js.len;
        js.len -= line.len < js.len ? line.len + 1 : js.len;
    }

    return consent_buf_str(&buf);
}


static int
name_by_hash(consent_str_t bytes, char name[17])
{
    char           hex[65];
    unsigned char  digest[32];

    if (consent_sha256(&bytes, 1, digest) != 0) {
        return -1;
    }

    consent_hex(digest, sizeof(digest), hex);
    memcpy(name, hex, 16);
    name[16] = '\0';

    return 0;
}


static int
has_text(const void *data, consent_str_t key)
{
    return consent_locale_has_key(data, key);
}


static void
check_text(void *data, consent_str_t key)
{
    loader_t  *loader = data;

    if (!consent_locale_has_key(loader->locales, key)) {
        consent_problem(loader->problems, loader->dir, 0, "the locales have no text \"%.*s\"", (int) key.len, key.data);
    }
}


static int
load_files(loader_t *loader, consent_ui_t *ui)
{
    unsigned        i, missing;
    const char     *path;
    consent_buf_t   buf;
    consent_str_t   source, page_css;

    missing = 0;

    for (i = 0; i < CONSENT_UI_TEMPLATES; i++) {
        source = read_file(loader, template_files[i], &path);

        if (source.data != NULL) {
            ui->templates[i] = consent_template_compile(loader->arena, path, source, &ui->scope, loader->problems);
        }

        missing |= ui->templates[i] == NULL;
    }

    ui->room_css = load_css(loader, "room.css");
    ui->banner_css = load_css(loader, "banner.css");
    ui->link_css = load_css(loader, "link.css");
    ui->dsfr_css = load_css(loader, "dsfr.css");
    page_css = load_css(loader, "page.css");
    ui->js = load_js(loader);

    if (missing || ui->room_css.data == NULL || ui->banner_css.data == NULL || ui->link_css.data == NULL
        || ui->dsfr_css.data == NULL || page_css.data == NULL || ui->js.data == NULL)
    {
        return -1;
    }

    consent_buf_init(&buf, loader->arena);
    consent_buf_add(&buf, ui->room_css);
    consent_buf_add(&buf, ui->banner_css);
    consent_buf_add(&buf, ui->link_css);
    consent_buf_add(&buf, page_css);

    ui->css = consent_buf_str(&buf);

    if (ui->css.data == NULL) {
        return -1;
    }

    return name_by_hash(ui->css, ui->css_hash) == 0 && name_by_hash(ui->js, ui->js_hash) == 0 ? 0 : -1;
}


consent_ui_t *
consent_ui_load(consent_arena_t *arena, const char *dir, const consent_locales_t *locales, consent_problems_t *problems)
{
    loader_t       loader = { arena, dir, locales, problems };
    unsigned       before;
    consent_ui_t  *ui;

    ui = consent_calloc(arena, sizeof(consent_ui_t));
    if (ui == NULL) {
        return NULL;
    }

    before = problems->count;

    ui->scope.names = consent_page_names;
    ui->scope.nnames = consent_page_nnames;
    ui->scope.has_text = has_text;
    ui->scope.data = locales;

    consent_page_own_texts(check_text, &loader);

    if (load_files(&loader, ui) == -1 || problems->count != before) {
        return NULL;
    }

    return ui;
}


consent_str_t
consent_ui_css(const consent_ui_t *ui)
{
    return ui->css;
}


consent_str_t
consent_ui_css_hash(const consent_ui_t *ui)
{
    return consent_str(ui->css_hash);
}


consent_str_t
consent_ui_js(const consent_ui_t *ui)
{
    return ui->js;
}


consent_str_t
consent_ui_js_hash(const consent_ui_t *ui)
{
    return consent_str(ui->js_hash);
}
