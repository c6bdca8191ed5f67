/*
 * Bytes in, bytes out: what of the input is still needed, and output in its order, input itself wherever possible.
 */

#include <string.h>

#include "rewriter_private.h"

#define HOLD_FIRST  4096


static void
emit(consent_rewriter_t *rw, consent_out_t kind, const char *bytes, size_t len)
{
    if (len > 0 && !rw->failed && rw->conf.emit(rw->conf.data, kind, bytes, len) != 0) {
        rw->failed = 1;
    }
}


void
consent_rewriter_flush(consent_rewriter_t *rw)
{
    emit(rw, CONSENT_OUT_SHORT, rw->stage, rw->staged);
    rw->staged = 0;
}


void
consent_rewriter_stage(void *data, const char *bytes, size_t len)
{
    consent_rewriter_t  *rw = data;

    if (len > sizeof(rw->stage) - rw->staged) {
        consent_rewriter_flush(rw);

        if (len > sizeof(rw->stage)) {
            emit(rw, CONSENT_OUT_SHORT, bytes, len);
            return;
        }
    }

    memcpy(rw->stage + rw->staged, bytes, len);
    rw->staged += len;
}


void
consent_rewriter_put(consent_rewriter_t *rw, consent_str_t s)
{
    consent_sink_put(&rw->sink, s);
}


void
consent_rewriter_put_kept(consent_rewriter_t *rw, consent_str_t s)
{
    consent_rewriter_flush(rw);
    emit(rw, CONSENT_OUT_KEPT, s.data, s.len);
}


void
consent_rewriter_pass(consent_rewriter_t *rw, size_t to)
{
    size_t  upto;

    if (to <= rw->emitted) {
        return;
    }

    consent_rewriter_flush(rw);

    if (rw->emitted < rw->chunk_from) {
        upto = to < rw->chunk_from ? to : rw->chunk_from;
        emit(rw, CONSENT_OUT_SHORT, rw->hold + (rw->emitted - rw->hold_from), upto - rw->emitted);
        rw->emitted = upto;
    }

    if (rw->emitted < to) {
        emit(rw, CONSENT_OUT_INPUT, rw->chunk + (rw->emitted - rw->chunk_from), to - rw->emitted);
        rw->emitted = to;
    }
}


void
consent_rewriter_drop(consent_rewriter_t *rw, size_t to)
{
    if (to > rw->emitted) {
        rw->emitted = to;
    }
}


/* What may still be asked for: what has not left, and the window of a long script. */

static size_t
kept_from(const consent_rewriter_t *rw)
{
    return rw->script.tail && rw->script.window_from < rw->emitted ? rw->script.window_from : rw->emitted;
}


/* Room in hold for bytes from hold_from on; what nobody needs any more makes way. */

static int
reserve(consent_rewriter_t *rw, size_t to)
{
    char    *hold;
    size_t   from, size;

    if (to - rw->hold_from <= rw->hold_size) {
        return 0;
    }

    from = kept_from(rw);

    if (from > rw->hold_to) {
        from = rw->hold_to;
    }

    if (to - from <= rw->hold_size) {
        memmove(rw->hold, rw->hold + (from - rw->hold_from), rw->hold_to - from);
        rw->hold_from = from;
        return 0;
    }

    size = to - from <= HOLD_FIRST ? HOLD_FIRST : rw->conf.hold + HOLD_FIRST;

    while (size < to - from) {
        size *= 2;
    }

    hold = consent_alloc(rw->arena, size);
    if (hold == NULL) {
        rw->failed = 1;
        return -1;
    }

    if (rw->hold_to > from) {
        memcpy(hold, rw->hold + (from - rw->hold_from), rw->hold_to - from);
    }

    rw->hold = hold;
    rw->hold_size = size;
    rw->hold_from = from;

    return 0;
}


consent_str_t
consent_rewriter_input(consent_rewriter_t *rw, size_t from, size_t to)
{
    if (from >= rw->chunk_from) {
        return (consent_str_t) { rw->chunk + (from - rw->chunk_from), to - from };
    }

    if (to > rw->hold_to) {
        if (reserve(rw, to) != 0) {
            return (consent_str_t) { "", 0 };
        }

        memcpy(rw->hold + (rw->hold_to - rw->hold_from), rw->chunk + (rw->hold_to - rw->chunk_from), to - rw->hold_to);
        rw->hold_to = to;
    }

    return (consent_str_t) { rw->hold + (from - rw->hold_from), to - from };
}


/* Keeps what was fed and may still be asked for. */

void
consent_rewriter_keep(consent_rewriter_t *rw)
{
    size_t  from;

    from = kept_from(rw);

    if (from >= rw->chunk_to) {
        rw->hold_from = rw->chunk_to;
        rw->hold_to = rw->chunk_to;
        return;
    }

    if (from >= rw->chunk_from) {
        rw->hold_from = from;
        rw->hold_to = from;
    }

    if (reserve(rw, rw->chunk_to) != 0) {
        return;
    }

    memcpy(rw->hold + (rw->hold_to - rw->hold_from), rw->chunk + (rw->hold_to - rw->chunk_from),
           rw->chunk_to - rw->hold_to);
    rw->hold_to = rw->chunk_to;
}
