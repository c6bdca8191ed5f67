#include <stdlib.h>
#include <string.h>

#include "bridge_json.h"
#include "field.h"
#include "file.h"

#define CONSENT_BRIDGE_ID_MAX        64
#define CONSENT_BRIDGE_COOKIE_MAX    64
#define CONSENT_BRIDGE_SERVICES_MAX  16
#define CONSENT_BRIDGE_SOURCE_MAX    512

const consent_str_t  consent_grant_rule_names[4] = {
    { "", 0 },
    { "all", 3 },
    { "always", 6 },
    { "never", 5 }
};

const consent_str_t  consent_bridge_form_names[5] = {
    { "pairs", 5 },
    { "object", 6 },
    { "granted", 7 },
    { "record", 6 },
    { "cookies", 7 }
};

static const consent_str_t  encoding_names[3] = {
    { "none", 4 },
    { "uri", 3 },
    { "js-cookie", 9 }
};

static const consent_str_t  domain_names[2] = {
    { "none", 4 },
    { "host", 4 }
};

static const consent_str_t  service_names[2] = {
    { "any", 3 },
    { "same", 4 }
};


static int
is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}


consent_str_t
consent_bridge_read_id(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_str_t id,
    consent_bridge_form_t form)
{
    char           quote[CONSENT_JSON_QUOTE];
    size_t         i;
    consent_str_t  none = { NULL, 0 };

    if (id.len == 0 || id.len > CONSENT_BRIDGE_ID_MAX) {
        consent_json_wrong(json, node, "is a name of %zu bytes; 1 to %d are allowed", id.len, CONSENT_BRIDGE_ID_MAX);
        return none;
    }

    for (i = 0; i < id.len; i++) {
        if (form == CONSENT_BRIDGE_PAIRS || form == CONSENT_BRIDGE_COOKIES ? !is_word(id.data[i])
            : (unsigned char) id.data[i] < 0x20 || id.data[i] == 0x7f)
        {
            consent_json_wrong(json, node, "\"%s\" is no name that the tool's cookie can hold; letters, digits, \"-\" "
                               "and \"_\"", consent_json_quote(id, quote));
            return none;
        }
    }

    return consent_json_copy(json, arena, id);
}


consent_str_t
consent_bridge_read_cookie(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char           quote[CONSENT_JSON_QUOTE];
    size_t         i;
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_BRIDGE_COOKIE_MAX);

    for (i = 0; i < s.len; i++) {
        if (!is_word(s.data[i])) {
            consent_json_wrong(json, node, "\"%s\" is no name for a cookie here; letters, digits, \"-\" and \"_\"",
                               consent_json_quote(s, quote));
            return (consent_str_t) { NULL, 0 };
        }
    }

    return s.data != NULL ? consent_json_copy(json, arena, s) : s;
}


static consent_str_t
read_service(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    return consent_field_text(json, arena, node, CONSENT_NAME_MAX);
}


/* "always", "all", ["youtube"], or {"purposes": ["audience"], "services": ["vimeo"]}. */

static void
read_rule(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_bridge_name_t *name)
{
    int                         found;
    unsigned                    i;
    const consent_json_node_t  *members[2], *purposes;

    static const consent_json_key_t  keys[2] = {
        { "purposes", NULL },
        { "services", NULL }
    };

    if (json_is_string(node->value)) {
        found = consent_json_choice(json, node, consent_grant_rule_names + 1, 3);

        if (found != -1) {
            name->rule = (consent_grant_rule_t) (found + 1);
        }

        return;
    }

    if (json_is_array(node->value)) {
        consent_field_strings(json, arena, node, CONSENT_BRIDGE_SERVICES_MAX, read_service, &name->services,
                              &name->nservices);
        return;
    }

    if (consent_json_members(json, node, keys, 2, members) != 0) {
        return;
    }

    purposes = members[0];

    if (purposes != NULL && consent_json_array(json, purposes, CONSENT_PURPOSES) == 0) {
        for (i = 0; i < purposes->n; i++) {
            found = consent_json_choice(json, &purposes->children[i], consent_purpose_names, CONSENT_PURPOSES);

            if (found != -1) {
                name->purposes |= 1u << found;
            }
        }
    }

    if (members[1] != NULL) {
        consent_field_strings(json, arena, members[1], CONSENT_BRIDGE_SERVICES_MAX, read_service, &name->services,
                              &name->nservices);
    }
}


static void
read_names(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_bridge_form_t form,
    consent_bridge_name_t **names, unsigned *n)
{
    unsigned                i;
    consent_bridge_name_t  *name;

    if (!json_is_object(node->value)) {
        consent_json_wrong(json, node, "must be an object {...} of the tool's names");
        return;
    }

    *names = consent_json_alloc(json, arena, node->n, sizeof(consent_bridge_name_t));
    if (*names == NULL) {
        return;
    }

    for (i = 0; i < node->n; i++) {
        name = &(*names)[*n];
        name->id = consent_bridge_read_id(json, arena, &node->children[i], node->children[i].key, form);

        if (name->id.data != NULL) {
            read_rule(json, arena, &node->children[i], name);
            (*n)++;
        }
    }
}


static void
read_cookie(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_bridge_tool_t *tool)
{
    enum { NAME, FORM, ENCODING, DOMAIN, REVISION, KEYS };

    int                         found;
    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "name", "write the name of the tool's cookie" },
        { "form", "write how the cookie holds choices" },
        { "encoding", NULL },
        { "domain", NULL },
        { "revision", NULL }
    };

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    if (members[NAME] != NULL) {
        tool->cookie = consent_bridge_read_cookie(json, arena, members[NAME]);
    }

    if (members[FORM] != NULL) {
        found = consent_json_choice(json, members[FORM], consent_bridge_form_names, 5);
        tool->form = found != -1 ? (consent_bridge_form_t) found : tool->form;
    }

    if (members[ENCODING] != NULL) {
        found = consent_json_choice(json, members[ENCODING], encoding_names, 3);
        tool->encoding = found != -1 ? (consent_bridge_encoding_t) found : tool->encoding;
    }

    if (members[DOMAIN] != NULL) {
        tool->on_host = consent_json_choice(json, members[DOMAIN], domain_names, 2) == 1;
    }

    if (members[REVISION] != NULL) {
        tool->revised = consent_json_bool(json, members[REVISION]) == 1;
    }
}


static void
read_tool(consent_json_t *json, consent_arena_t *arena, consent_bridge_tool_t *tool)
{
    enum { SCHEMA, ID, NAME, COOKIE, CATEGORIES, ANY_CATEGORY, SERVICES, SOURCES, KEYS };

    unsigned                    i;
    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "$schema", NULL },
        { "id", "write the name by which policies call the tool" },
        { "name", "write the name that its makers give it" },
        { "cookie", "describe the cookie that holds the choices" },
        { "categories", NULL },
        { "any_category", NULL },
        { "services", NULL },
        { "sources", "say where the facts come from" }
    };

    if (consent_json_members(json, json->root, keys, KEYS, members) != 0) {
        return;
    }

    if (members[SCHEMA] != NULL) {
        (void) consent_json_string(json, members[SCHEMA], CONSENT_FILE_MAX);
    }

    if (members[ID] != NULL) {
        tool->id = consent_bridge_read_cookie(json, arena, members[ID]);
    }

    if (members[NAME] != NULL) {
        tool->name = consent_field_text(json, arena, members[NAME], CONSENT_NAME_MAX);
    }

    if (members[COOKIE] != NULL) {
        read_cookie(json, arena, members[COOKIE], tool);
    }

    if (members[CATEGORIES] != NULL) {
        read_names(json, arena, members[CATEGORIES], tool->form, &tool->categories, &tool->ncategories);
    }

    if (members[ANY_CATEGORY] != NULL) {
        tool->any_category = consent_json_bool(json, members[ANY_CATEGORY]) == 1;
    }

    if (members[SERVICES] != NULL) {
        if (json_is_string(members[SERVICES]->value)) {
            tool->any_service = 1;
            tool->same = consent_json_choice(json, members[SERVICES], service_names, 2) == 1;

        } else {
            read_names(json, arena, members[SERVICES], tool->form, &tool->services, &tool->nservices);
        }
    }

    if (members[SOURCES] != NULL && consent_json_array(json, members[SOURCES], CONSENT_BRIDGE_SERVICES_MAX) == 0) {
        for (i = 0; i < members[SOURCES]->n; i++) {
            (void) consent_json_string(json, &members[SOURCES]->children[i], CONSENT_BRIDGE_SOURCE_MAX);
        }
    }
}


static void
load_file(consent_arena_t *arena, const char *file, consent_bridge_tools_t *tools, consent_problems_t *problems)
{
    consent_str_t   text;
    consent_json_t  json;

    text = consent_file_read(file, problems);
    if (text.data == NULL) {
        return;
    }

    if (consent_json_open(&json, file, text, problems) == 0) {
        read_tool(&json, arena, &tools->elts[tools->n++]);

        if (json.no_memory) {
            consent_problem(problems, file, 0, "not enough memory");
        }

        consent_json_close(&json);
    }

    free((char *) text.data);
}


consent_bridge_tools_t *
consent_bridge_tools_load(consent_arena_t *arena, const char *dir, consent_problems_t *problems)
{
    unsigned                 i, count;
    consent_files_t          files;
    consent_bridge_tools_t  *tools;

    if (consent_files_list(&files, dir, problems) != 0) {
        consent_files_free(&files);
        return NULL;
    }

    count = problems->count;
    tools = consent_calloc(arena, sizeof(consent_bridge_tools_t));

    if (tools != NULL) {
        tools->elts = consent_calloc(arena, (files.n + 1) * sizeof(consent_bridge_tool_t));
    }

    if (tools == NULL || tools->elts == NULL) {
        consent_problem(problems, dir, 0, "not enough memory");

    } else {
        for (i = 0; i < files.n; i++) {
            load_file(arena, files.names[i], tools, problems);
        }
    }

    consent_files_free(&files);

    return problems->count == count ? tools : NULL;
}
