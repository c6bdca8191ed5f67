#include <string.h>

#include "ascii.h"
#include "form.h"
#include "utf8.h"

#define MAX_PATH    2048
#define PREFIX_LEN  (sizeof("service.") - 1)    /* and of "purpose." */

/* What a form says of each service and purpose before any of it is applied: consent_answer_t. */
typedef struct {
    unsigned char  services[CONSENT_MAX_SERVICES];
    unsigned char  purposes[CONSENT_PURPOSES];
    unsigned       nservices;
    unsigned       npurposes;
} answers_t;

const consent_str_t  consent_decision_names[] = {
    [CONSENT_DECISION_NONE] = { "", 0 },
    [CONSENT_DECISION_ACCEPT_ALL] = { "accept-all", 10 },
    [CONSENT_DECISION_REFUSE_ALL] = { "refuse-all", 10 },
    [CONSENT_DECISION_SAVE] = { "save", 4 },
    [CONSENT_DECISION_ACCEPT_ONCE] = { "accept-once", 11 }
};


/*
 * URL, 5.1, step 3.4: "+" is a space, then percent-decoded, then UTF-8 decoded without BOM. A "%" without two digits
 * stands for itself.
 */

static int
decode(consent_arena_t *arena, consent_str_t encoded, consent_str_t *decoded)
{
    int      high, low;
    char    *bytes, *text;
    size_t   i, n;

    bytes = consent_alloc(arena, encoded.len + 1);
    text = consent_alloc(arena, 3 * encoded.len + 1);

    if (bytes == NULL || text == NULL) {
        return -1;
    }

    n = 0;

    for (i = 0; i < encoded.len; i++) {
        bytes[n] = encoded.data[i] == '+' ? ' ' : encoded.data[i];

        if (encoded.data[i] == '%' && i + 2 < encoded.len) {
            high = consent_hex_digit(encoded.data[i + 1]);
            low = consent_hex_digit(encoded.data[i + 2]);

            if (high >= 0 && low >= 0) {
                bytes[n] = (char) (high * 16 + low);
                i += 2;
            }
        }

        n++;
    }

    decoded->data = text;
    decoded->len = consent_utf8_repair((consent_str_t) { bytes, n }, text);

    return 0;
}


int
consent_form_next(consent_arena_t *arena, consent_str_t *rest, consent_str_t *name, consent_str_t *value)
{
    char           *end;
    size_t          len;
    consent_str_t   field, left, right;

    do {
        if (rest->len == 0) {
            return 0;
        }

        end = memchr(rest->data, '&', rest->len);
        len = end != NULL ? (size_t) (end - rest->data) : rest->len;

        field = (consent_str_t) { rest->data, len };

        len += end != NULL;
        rest->data += len;
        rest->len -= len;

    } while (field.len == 0);

    end = memchr(field.data, '=', field.len);
    len = end != NULL ? (size_t) (end - field.data) : field.len;

    left = (consent_str_t) { field.data, len };
    len += end != NULL;
    right = (consent_str_t) { field.data + len, field.len - len };

    return decode(arena, left, name) == 0 && decode(arena, right, value) == 0 ? 1 : -1;
}


consent_str_t
consent_form_value(consent_arena_t *arena, consent_str_t encoded, consent_str_t name)
{
    consent_str_t  field, value;

    while (consent_form_next(arena, &encoded, &field, &value) == 1) {
        if (consent_str_eq(field, name)) {
            return value;
        }
    }

    return (consent_str_t) { NULL, 0 };
}


int
consent_local_path(consent_str_t path)
{
    size_t  i;

    if (path.len == 0 || path.len > MAX_PATH || path.data[0] != '/' || (path.len > 1 && path.data[1] == '/')) {
        return 0;
    }

    for (i = 0; i < path.len; i++) {
        if ((unsigned char) path.data[i] < 0x20 || path.data[i] == 0x7f || path.data[i] == '\\') {
            return 0;
        }
    }

    return 1;
}


static consent_decision_t
decision_of(consent_str_t value)
{
    int  i;

    for (i = CONSENT_DECISION_ACCEPT_ALL; i <= CONSENT_DECISION_ACCEPT_ONCE; i++) {
        if (consent_str_eq(value, consent_decision_names[i])) {
            return (consent_decision_t) i;
        }
    }

    return CONSENT_DECISION_NONE;
}


static consent_answer_t
answer_of(consent_str_t value)
{
    if (consent_str_eq(value, CONSENT_STR("accept"))) {
        return CONSENT_ACCEPTED;
    }

    return consent_str_eq(value, CONSENT_STR("refuse")) ? CONSENT_REFUSED : CONSENT_UNDECIDED;
}


static int
find_purpose(consent_str_t name)
{
    int  i;

    for (i = 0; i < CONSENT_PURPOSES; i++) {
        if (consent_str_eq(name, consent_purpose_names[i])) {
            return i;
        }
    }

    return -1;
}


static int
has_control(consent_str_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if ((unsigned char) text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return 1;
        }
    }

    return 0;
}


/* Sets what is unset. Returns 0 when it says something else already. */

static int
set_once(unsigned char *slot, unsigned value, unsigned *count)
{
    if (*slot == value) {
        return 1;
    }

    if (*slot != 0) {
        return 0;
    }

    *slot = (unsigned char) value;
    (*count)++;

    return 1;
}


static const char *
read_answer(const consent_policy_t *policy, consent_str_t name, consent_str_t value, answers_t *answers)
{
    int               index, is_service, necessary, same;
    consent_str_t     key;
    consent_answer_t  answer;

    is_service = consent_str_starts(name, CONSENT_STR("service."));

    key = (consent_str_t) { name.data + PREFIX_LEN, name.len - PREFIX_LEN };
    index = is_service ? consent_policy_find(policy, key) : find_purpose(key);

    if (index < 0) {
        return is_service ? "The form names a service that this site does not have."
                          : "The form names a purpose that does not exist.";
    }

    answer = answer_of(value);

    if (answer == CONSENT_UNDECIDED) {
        return "A service or a purpose is answered with accept or refuse, and nothing else.";
    }

    if (is_service) {
        necessary = policy->entries[index].basis == CONSENT_BASIS_NECESSARY;
        same = set_once(&answers->services[index], answer, &answers->nservices);

    } else {
        necessary = index == CONSENT_PURPOSE_NECESSARY;
        same = set_once(&answers->purposes[index], answer, &answers->npurposes);
    }

    if (!same) {
        return "The form answers for the same service or purpose twice.";
    }

    return necessary && answer == CONSENT_REFUSED ? "A necessary service cannot be refused." : NULL;
}


/* Returns NULL, or what is wrong with the field. */

static const char *
read_field(const consent_policy_t *policy, consent_str_t name, consent_str_t value, consent_form_t *form,
    answers_t *answers)
{
    consent_decision_t  decision;

    if (consent_str_starts(name, CONSENT_STR("service.")) || consent_str_starts(name, CONSENT_STR("purpose."))) {
        return read_answer(policy, name, value, answers);
    }

    if (consent_str_eq(name, CONSENT_STR("decision"))) {
        decision = decision_of(value);

        if (decision == CONSENT_DECISION_NONE) {
            return "The decision is none of accept-all, refuse-all, save and accept-once.";
        }

        if (form->decision != CONSENT_DECISION_NONE && form->decision != decision) {
            return "The form has two decisions.";
        }

        form->decision = decision;

    } else if (consent_str_eq(name, CONSENT_STR("return"))) {
        if (consent_local_path(value)) {
            form->return_to = value;
        }

    } else if (consent_str_eq(name, CONSENT_STR("source"))) {
        if (consent_str_eq(value, CONSENT_STR("banner")) || consent_str_eq(value, CONSENT_STR("settings"))
            || consent_str_eq(value, CONSENT_STR("placeholder")))
        {
            form->source = value;
        }

    } else if (consent_str_eq(name, CONSENT_STR("embed"))) {
        if (!has_control(value)) {
            form->embed = value;
        }

    } else if (consent_str_eq(name, CONSENT_STR("lang"))) {
        if (!has_control(value)) {
            form->lang = value;
        }
    }

    return NULL;
}


/* What the form says of the service at index; CONSENT_UNDECIDED when it does not name it. */

static unsigned char
answer_to(const consent_entry_t *entry, unsigned index, consent_decision_t decision, const answers_t *answers)
{
    if (decision == CONSENT_DECISION_ACCEPT_ALL) {
        return CONSENT_ACCEPTED;
    }

    if (decision == CONSENT_DECISION_REFUSE_ALL) {
        return CONSENT_REFUSED;
    }

    return answers->services[index] ? answers->services[index] : answers->purposes[entry->service->purpose];
}


static void
apply(const consent_form_t *form, const answers_t *answers, consent_choices_t *choices, uint32_t today)
{
    unsigned                i;
    unsigned char           answer;
    const consent_entry_t  *entry;

    choices->chosen = 0;

    for (i = 0; i < choices->policy->nentries; i++) {
        entry = &choices->policy->entries[i];

        if (entry->basis == CONSENT_BASIS_NECESSARY) {
            continue;
        }

        answer = answer_to(entry, i, form->decision, answers);

        if (answer != CONSENT_UNDECIDED) {
            choices->answers[i] = answer;
        }

        choices->chosen |= choices->answers[i] != CONSENT_UNDECIDED;
    }

    choices->day = choices->chosen ? today : 0;
    choices->changed = choices->changed && consent_choices_ask(choices);
}


static int
only_service(const answers_t *answers)
{
    int  i;

    if (answers->nservices != 1 || answers->npurposes != 0) {
        return -1;
    }

    for (i = 0; answers->services[i] == CONSENT_UNDECIDED; i++) { /* void */ }

    return answers->services[i] == CONSENT_ACCEPTED ? i : -1;
}


int
consent_form_apply(consent_arena_t *arena, consent_str_t body, consent_choices_t *choices, uint32_t today,
    consent_form_t *form, const char **error)
{
    int            rc;
    unsigned       fields;
    answers_t      answers;
    consent_str_t  name, value;

    memset(form, 0, sizeof(*form));
    memset(&answers, 0, sizeof(answers));

    form->once = -1;
    *error = NULL;
    fields = 0;

    while ((rc = consent_form_next(arena, &body, &name, &value)) == 1) {
        if (++fields > CONSENT_MAX_FIELDS) {
            *error = "The form has too many fields.";
            return -1;
        }

        *error = read_field(choices->policy, name, value, form, &answers);
        if (*error != NULL) {
            return -1;
        }
    }

    if (rc == -1) {
        *error = "There is no memory for the form.";
        return -1;
    }

    if (form->decision == CONSENT_DECISION_NONE) {
        *error = "The form has no decision.";
        return -1;
    }

    if (form->decision == CONSENT_DECISION_ACCEPT_ONCE) {
        form->once = only_service(&answers);

        if (form->once < 0) {
            *error = "Accepting once is for exactly one service.";
            return -1;
        }

        return 0;
    }

    apply(form, &answers, choices, today);

    return 0;
}
