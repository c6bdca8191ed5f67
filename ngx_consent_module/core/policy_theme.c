/*
 * What a policy may change about the looks. The contrast of text on the accent is WCAG 2.2's (1.4.3): the better
 * of black and white never falls below 4.58:1, so every accent can be used, but only with the right one. A pale one
 * gets a dark rim on light grounds (1.4.11).
 */

#include <string.h>

#include "ascii.h"
#include "policy_private.h"

#define CONSENT_RADIUS_MAX  32

/* 3:1 on #f5f7f9, the darkest light ground of the style sheets: (0.925 + 0.05) / 3 - 0.05 */
#define CONSENT_PALE  0.275

const consent_str_t  consent_position_names[2] = {
    CONSENT_STR("bottom"),
    CONSENT_STR("top")
};

const consent_str_t  consent_density_names[2] = {
    CONSENT_STR("comfortable"),
    CONSENT_STR("compact")
};

const consent_str_t  consent_look_names[2] = {
    CONSENT_STR("neutral"),
    CONSENT_STR("dsfr")
};


/*
 * x to the power of 2.4, for x in 0.1 .. 1: x * x * (x * x)^(1/5), the root by Newton's method; the module needs
 * no libm.
 */

static double
power_2_4(double x)
{
    int     i;
    double  square, root, fourth;

    square = x * x;
    root = 1;

    for (i = 0; i < 32; i++) {
        fourth = root * root * root * root;
        root -= (fourth * root - square) / (5 * fourth);
    }

    return square * root;
}


/* Relative luminance of one channel of sRGB, as WCAG defines it. */

static double
linear(int channel)
{
    double  c;

    c = channel / 255.0;

    return c <= 0.04045 ? c / 12.92 : power_2_4((c + 0.055) / 1.055);
}


static void
read_accent(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_theme_t *theme)
{
    int            i, digits[6];
    char           accent[7], quote[CONSENT_JSON_QUOTE];
    double         luminance;
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_JSON_QUOTE);
    if (s.data == NULL) {
        return;
    }

    for (i = 0; s.len == 7 && s.data[0] == '#' && i < 6; i++) {
        digits[i] = consent_hex_digit(s.data[i + 1]);

        if (digits[i] == -1) {
            break;
        }

        accent[i + 1] = "0123456789abcdef"[digits[i]];
    }

    if (s.len != 7 || s.data[0] != '#' || i < 6) {
        consent_json_wrong(json, node, "\"%s\" is not a colour; write six hex digits, such as \"#00539f\"",
                           consent_json_quote(s, quote));
        return;
    }

    accent[0] = '#';
    theme->accent = consent_json_copy(json, arena, (consent_str_t) { accent, 7 });

    luminance = 0.2126 * linear(16 * digits[0] + digits[1]) + 0.7152 * linear(16 * digits[2] + digits[3])
                + 0.0722 * linear(16 * digits[4] + digits[5]);

    theme->pale = luminance > CONSENT_PALE;

    /* (1 + 0.05) / (luminance + 0.05) for white, (luminance + 0.05) / 0.05 for black */
    theme->on_accent = CONSENT_STR("#000000");

    if ((luminance + 0.05) * (luminance + 0.05) < 1.05 * 0.05) {
        theme->on_accent = CONSENT_STR("#ffffff");
    }
}


static void
read_radius(consent_json_t *json, const consent_json_node_t *node, consent_theme_t *theme)
{
    json_int_t  radius;

    radius = json_is_integer(node->value) ? json_integer_value(node->value) : -1;

    if (radius < 0 || radius > CONSENT_RADIUS_MAX) {
        consent_json_wrong(json, node, "must be a whole number of pixels from 0 to %d", CONSENT_RADIUS_MAX);
        return;
    }

    theme->radius = (int) radius;
}


void
consent_policy_read_theme(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_theme_t *theme)
{
    int  i, n;

    enum { ACCENT, RADIUS, POSITION, DENSITY, LOOK, KEYS };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "accent", NULL },
        { "radius", NULL },
        { "position", NULL },
        { "density", NULL },
        { "look", NULL }
    };

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    if (members[ACCENT] != NULL) {
        read_accent(json, arena, members[ACCENT], theme);
    }

    if (members[RADIUS] != NULL) {
        read_radius(json, members[RADIUS], theme);
    }

    if (members[POSITION] != NULL) {
        n = consent_json_choice(json, members[POSITION], consent_position_names, 2);
        theme->position = n == 1 ? CONSENT_POSITION_TOP : CONSENT_POSITION_BOTTOM;
    }

    if (members[DENSITY] != NULL) {
        n = consent_json_choice(json, members[DENSITY], consent_density_names, 2);
        theme->density = n == 1 ? CONSENT_DENSITY_COMPACT : CONSENT_DENSITY_COMFORTABLE;
    }

    if (members[LOOK] != NULL) {
        n = consent_json_choice(json, members[LOOK], consent_look_names, 2);
        theme->look = n == 1 ? CONSENT_LOOK_DSFR : CONSENT_LOOK_NEUTRAL;
    }

    for (i = ACCENT; i <= RADIUS && theme->look == CONSENT_LOOK_DSFR; i++) {
        if (members[i] != NULL) {
            consent_json_wrong(json, members[i], "is not for \"look\": \"dsfr\", which has its own; remove one of the two");
        }
    }
}
