#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <openssl/rand.h>

#include "evidence.h"
#include "sha256.h"

#define CONSENT_EVIDENCE_VERSION  1


static void
hash_line(consent_str_t line, char hex[CONSENT_HASH_HEX_LEN + 1])
{
    unsigned char  digest[32];

    if (consent_sha256(&line, 1, digest) != 0) {
        memset(digest, 0, sizeof(digest));
    }

    consent_hex(digest, sizeof(digest), hex);
}


/* The last whole line; a writer that was cut off leaves the rest of one behind it. */

static consent_str_t
last_line(consent_str_t tail)
{
    const char  *end, *begin;

    end = tail.len > 0 ? memrchr(tail.data, '\n', tail.len) : NULL;

    if (end == NULL) {
        return (consent_str_t) { "", 0 };
    }

    begin = end > tail.data ? memrchr(tail.data, '\n', (size_t) (end - tail.data)) : NULL;
    begin = begin != NULL ? begin + 1 : tail.data;

    return (consent_str_t) { begin, (size_t) (end - begin) };
}


void
consent_chain_start(consent_chain_t *chain, unsigned long writer, int64_t start, consent_str_t tail)
{
    snprintf(chain->name, sizeof(chain->name), "%lld-%lu", (long long) start, writer);

    chain->seq = 0;
    hash_line(last_line(tail), chain->prev);
}


static json_t *
answers(const consent_choices_t *choices)
{
    unsigned                 i;
    json_t                  *object, *answer;
    const consent_entry_t   *entry;

    object = json_object();

    for (i = 0; object != NULL && i < choices->policy->nentries; i++) {
        entry = &choices->policy->entries[i];

        if (choices->answers[i] == CONSENT_UNDECIDED) {
            continue;
        }

        answer = json_string(choices->answers[i] == CONSENT_ACCEPTED ? "accept" : "refuse");

        if (answer == NULL || json_object_setn_new_nocheck(object, entry->service->id.data, entry->service->id.len, answer) != 0) {
            json_decref(object);
            return NULL;
        }
    }

    return object;
}


/* A string of no bytes need not point anywhere; jansson's does. */

static const char *
bytes(consent_str_t s)
{
    return s.data != NULL ? s.data : "";
}


/* Services that were accepted and are not any more. */

static json_t *
withdrawn(const consent_choices_t *before, const consent_choices_t *choices)
{
    unsigned              i;
    json_t               *array;
    const consent_str_t  *id;

    array = json_array();

    for (i = 0; array != NULL && before != NULL && i < choices->policy->nentries; i++) {
        if (before->answers[i] != CONSENT_ACCEPTED || choices->answers[i] == CONSENT_ACCEPTED) {
            continue;
        }

        id = &choices->policy->entries[i].service->id;

        if (json_array_append_new(array, json_stringn_nocheck(id->data, id->len)) != 0) {
            json_decref(array);
            return NULL;
        }
    }

    return array;
}


int
consent_evidence_line(const consent_chain_t *chain, const consent_evidence_t *evidence, consent_buf_t *out,
    char record[CONSENT_RECORD_LEN + 1])
{
    char           *text, when[sizeof("2026-01-01T00:00:00Z")];
    time_t          seconds;
    json_t         *line;
    struct tm       utc;
    unsigned char   id[CONSENT_RECORD_LEN / 2];

    if (RAND_bytes(id, sizeof(id)) != 1) {
        return -1;
    }

    consent_hex(id, sizeof(id), record);

    seconds = (time_t) evidence->time;

    if (gmtime_r(&seconds, &utc) == NULL || strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        return -1;
    }

    line = json_pack("{s:i, s:s, s:s, s:s%, s:s, s:s, s:s%, s:s%, s:s%, s:o, s:o, s:b, s:s, s:I, s:s}",
                     "v", CONSENT_EVIDENCE_VERSION,
                     "time", when,
                     "id", record,
                     "host", bytes(evidence->host), evidence->host.len,
                     "policy", evidence->choices->policy->hash,
                     "text", evidence->text_hash,
                     "locale", bytes(evidence->locale), evidence->locale.len,
                     "source", bytes(evidence->source), evidence->source.len,
                     "decision", bytes(evidence->decision), evidence->decision.len,
                     "services", answers(evidence->choices),
                     "withdrawn", withdrawn(evidence->before, evidence->choices),
                     "gpc", evidence->choices->gpc,
                     "chain", chain->name,
                     "seq", (json_int_t) chain->seq,
                     "prev", chain->prev);
    if (line == NULL) {
        return -1;
    }

    text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(line);

    if (text == NULL) {
        return -1;
    }

    consent_buf_add(out, consent_str(text));
    consent_buf_addc(out, '\n');
    free(text);

    return out->failed ? -1 : 0;
}


void
consent_chain_commit(consent_chain_t *chain, consent_str_t line)
{
    chain->seq++;
    line.len--;
    hash_line(line, chain->prev);
}


int
consent_evidence_is_record(consent_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!((text.data[i] >= '0' && text.data[i] <= '9') || (text.data[i] >= 'a' && text.data[i] <= 'f'))) {
            return 0;
        }
    }

    return text.len == CONSENT_RECORD_LEN;
}
