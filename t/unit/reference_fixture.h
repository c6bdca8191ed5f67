/*
 * Four services and a visitor's answers to them, for tests of headers that name addresses.
 */

#ifndef REFERENCE_FIXTURE_H
#define REFERENCE_FIXTURE_H

#include "catalogue_private.h"
#include "choices.h"
#include "heap.h"
#include "match_build.h"

#define N(array)  (sizeof(array) / sizeof(array[0]))
#define S(text)   { text, sizeof(text) - 1 }


/* video is refused, fonts are accepted, and of google maps is refused, captcha accepted. */

enum { VIDEO, FONTS, MAPS, CAPTCHA };

static consent_str_t  video_urls[] = { S("video.example") };
static consent_str_t  fonts_urls[] = { S("fonts.example") };
static consent_str_t  maps_urls[] = { S("google.example/maps"), S("mapsonly.example/maps") };
static consent_str_t  captcha_urls[] = { S("google.example/captcha") };

static consent_service_t  services[] = {
    { .id = S("video"), .urls = video_urls, .nurls = 1 },
    { .id = S("fonts"), .urls = fonts_urls, .nurls = 1 },
    { .id = S("maps"), .urls = maps_urls, .nurls = 2 },
    { .id = S("captcha"), .urls = captcha_urls, .nurls = 1 }
};

static consent_entry_t  entries[] = {
    { .service = &services[0], .base = &services[0] },
    { .service = &services[1], .base = &services[1] },
    { .service = &services[2], .base = &services[2] },
    { .service = &services[3], .base = &services[3] }
};

static heap_t               heap;
static consent_catalogue_t  catalogue;
static consent_policy_t     policy;
static consent_problems_t   problems;
static consent_choices_t    choices;
static consent_url_t        page = { CONSENT_SCHEME_HTTPS, S("www.ville.example"), S("/a/b.html"), S(""), 0 };


static int
setup(void **state)
{
    const consent_service_t  *list[N(services)];

    (void) state;

    heap_init(&heap);

    for (size_t i = 0; i < N(services); i++) {
        list[i] = &services[i];
    }

    catalogue.services = services;
    catalogue.n = N(services);
    catalogue.matcher = consent_matcher_build(&heap.arena, list, N(services), "catalogue", &problems);

    policy.file = CONSENT_STR("site.json");
    policy.entries = entries;
    policy.nentries = N(entries);
    policy.catalogue = &catalogue;
    policy.unknown_hosts = CONSENT_UNKNOWN_REPORT;
    policy.overlay = consent_overlay_build(&heap.arena, &policy, &problems);

    consent_choices_init(&choices, &policy, 0);
    choices.answers[VIDEO] = CONSENT_REFUSED;
    choices.answers[FONTS] = CONSENT_ACCEPTED;
    choices.answers[MAPS] = CONSENT_REFUSED;
    choices.answers[CAPTCHA] = CONSENT_ACCEPTED;

    return policy.overlay != NULL ? 0 : -1;
}


static int
teardown(void **state)
{
    (void) state;

    consent_overlay_destroy(policy.overlay);
    consent_matcher_destroy(catalogue.matcher);
    heap_free(&heap);

    return 0;
}

#endif
