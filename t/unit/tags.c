/*
 * Tags as pages have them, each with the source it was taken from (t/data/tags), none of them made from the catalogue's own patterns.
 * Services for which no such tag was found are listed in t/data/untested.txt.
 */

#include "shipped.h"

#include <dirent.h>

#define TAGS      "t/data/tags"
#define UNTESTED  "t/data/untested.txt"


/* Calls check for every tag of every file. */

static void
each_tag(void (*check)(const json_t *tag, const char *file, void *data), void *data)
{
    DIR            *dir;
    char            path[512];
    json_t         *root, *tag;
    size_t          i;
    struct dirent  *entry;

    dir = opendir(TAGS);
    assert_non_null(dir);

    while ((entry = readdir(dir)) != NULL) {
        if (strstr(entry->d_name, ".json") == NULL) {
            continue;
        }

        snprintf(path, sizeof(path), TAGS "/%s", entry->d_name);
        root = shipped_json(path);

        assert_true(json_is_string(json_object_get(root, "source")));
        assert_true(json_is_string(json_object_get(root, "licence")));
        assert_int_not_equal(json_array_size(json_object_get(root, "tags")), 0);

        json_array_foreach(json_object_get(root, "tags"), i, tag) {
            check(tag, entry->d_name, data);
        }

        json_decref(root);
    }

    closedir(dir);
}


static const char *
kind_of(const json_t *tag)
{
    return json_object_get(tag, "url") != NULL ? "url" : json_object_get(tag, "inline") != NULL ? "inline" : "cookie";
}


static void
check_claim(const json_t *tag, const char *file, void *data)
{
    const char              *kind, *id;
    unsigned                *failed = data;
    consent_str_t            text;
    consent_claim_t          claim;
    consent_policy_t        *policy;

    id = json_string_value(json_object_get(tag, "service"));
    kind = kind_of(tag);
    text = shipped_str(json_object_get(tag, kind));

    assert_non_null(id);
    assert_int_equal(json_object_size(tag), 2);
    assert_non_null(text.data);

    if (consent_catalogue_find(shipped.catalogue, consent_str(id)) == NULL) {
        print_error("%s: \"%s\" is not a service of the catalogue\n", file, id);
        (*failed)++;
        return;
    }

    policy = shipped_policy(json_pack("[s]", id));
    claim = shipped_claim(policy, kind, text);

    if (claim.index != 0) {
        print_error("%s: %s \"%.*s\" should be %s, is %s\n", file, kind, (int) text.len, text.data, id,
                    claim.service != NULL ? loading_text(claim.service->id) : "nobody's");
        (*failed)++;
    }

    consent_policy_destroy(policy);
}


static void
each_tag_is_claimed_by_its_service(void **state)
{
    unsigned  failed;

    (void) state;

    failed = 0;
    each_tag(check_claim, &failed);
    assert_int_equal(failed, 0);
}


static void
note(const json_t *tag, const char *file, void *data)
{
    (void) file;

    if (strcmp(kind_of(tag), "cookie") != 0) {
        json_object_set_new(data, json_string_value(json_object_get(tag, "service")), json_true());
    }
}


static void
services_without_such_a_tag_are_listed_and_no_others(void **state)
{
    FILE           *f;
    char            line[128];
    json_t         *tested, *listed;
    unsigned        i, failed;
    consent_str_t   id;

    (void) state;

    failed = 0;
    tested = json_object();
    listed = json_object();
    each_tag(note, tested);

    f = fopen(UNTESTED, "r");
    assert_non_null(f);

    while (fgets(line, sizeof(line), f) != NULL) {
        line[strcspn(line, "\n")] = '\0';

        if (line[0] == '#' || line[0] == '\0') {
            continue;
        }

        if (consent_catalogue_find(shipped.catalogue, consent_str(line)) == NULL) {
            print_error("%s: \"%s\" is not a service of the catalogue\n", UNTESTED, line);
            failed++;
        }

        json_object_set_new(listed, line, json_true());
    }

    fclose(f);

    for (i = 0; i < consent_catalogue_count(shipped.catalogue); i++) {
        id = consent_catalogue_service(shipped.catalogue, i)->id;

        if ((json_object_get(tested, id.data) != NULL) == (json_object_get(listed, id.data) != NULL)) {
            print_error("%s: \"%s\" %s\n", UNTESTED, id.data,
                        json_object_get(listed, id.data) != NULL ? "has a tag now" : "has no tag and is not listed");
            failed++;
        }
    }

    json_decref(tested);
    json_decref(listed);
    assert_int_equal(failed, 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(each_tag_is_claimed_by_its_service),
        cmocka_unit_test(services_without_such_a_tag_are_listed_and_no_others)
    };

    return cmocka_run_group_tests(tests, shipped_setup, shipped_teardown);
}
