/*
 * Three ways to the same bits: 32 bytes at a time where the machine has AVX2, 16 where it is an x86-64 at all, 8 in a
 * word elsewhere.
 */

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

#include "markup_block.h"


/* A byte in all eight places of a word. */

static inline uint64_t
spread(unsigned char c)
{
    return c * (uint64_t) 0x0101010101010101;
}


/* Which of the eight bytes of a word are c; the multiplication moves their top bits together. */

static inline uint64_t
equal_in_word(uint64_t word, unsigned char c)
{
    uint64_t  low;

    word ^= spread(c);
    low = (word & spread(0x7f)) + spread(0x7f);
    low = ~(low | word | spread(0x7f)) >> 7;

    return low * 0x0102040810204080 >> 56;
}


static inline uint64_t
equal_in_block(const uint64_t *words, unsigned char c)
{
    unsigned  i;
    uint64_t  bits;

    for (bits = 0, i = 0; i < 8; i++) {
        bits |= equal_in_word(words[i], c) << 8 * i;
    }

    return bits;
}


void
consent_markup_look_portable(const char *p, const char *link, consent_markup_block_t *block)
{
    unsigned  i, next;
    uint64_t  words[8], folded[8], second;

    for (i = 0; i < 8; i++) {
        words[i] = 0;

        for (next = 0; next < 8; next++) {
            words[i] |= (uint64_t) (unsigned char) p[8 * i + next] << 8 * next;
        }

        folded[i] = words[i] | spread(0x20);
    }

    block->from = p;
    block->less_than = equal_in_block(words, '<');
    block->greater_than = equal_in_block(words, '>');
    block->quote = equal_in_block(words, '"');
    block->apostrophe = equal_in_block(words, '\'');
    block->equals = equal_in_block(words, '=');
    block->space = equal_in_block(words, ' ') | equal_in_block(words, '\n');
    block->slash = equal_in_block(words, '/');

    second = equal_in_block(folded, 'l') | equal_in_block(folded, 'c');
    next = (unsigned char) p[CONSENT_BLOCK] | 0x20;

    block->mark = (equal_in_block(folded, 'y') | equal_in_block(folded, 'x'))
                  & (second >> 1 | (uint64_t) (next == 'l' || next == 'c') << 63);

    block->on = equal_in_block(folded, 'o') & (equal_in_block(folded, 'n') >> 1 | (uint64_t) (next == 'n') << 63);
    block->control = 0;

    for (i = 0; i < CONSENT_BLOCK; i++) {
        block->control |= (uint64_t) ((unsigned char) p[i] < ' ' && p[i] != '\n') << i;
        block->mark |= (uint64_t) (p[i] == link[0] && p[i + 1] == link[1]) << i;
    }
}


#if defined(__x86_64__) && defined(__GNUC__)

/* 16 bytes: 0xff where they are c, the space or the newline, not above the space, the first of two that mark, of "on". */

static inline __m128i
equal_16(__m128i v, char c)
{
    return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}


static inline __m128i
space_16(__m128i v)
{
    return _mm_or_si128(equal_16(v, ' '), equal_16(v, '\n'));
}


static inline __m128i
low_16(__m128i v)
{
    return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(' ')), v);
}


static inline __m128i
mark_16(__m128i v, const char *p, const char *link)
{
    __m128i  next, low;

    next = _mm_loadu_si128((const __m128i *) (p + 1));
    low = _mm_or_si128(next, _mm_set1_epi8(0x20));

    /* "x" and "y" differ by one bit */

    return _mm_or_si128(_mm_and_si128(equal_16(_mm_or_si128(v, _mm_set1_epi8(0x21)), 'y'),
                                      _mm_or_si128(equal_16(low, 'l'), equal_16(low, 'c'))),
                        _mm_and_si128(equal_16(v, link[0]), equal_16(next, link[1])));
}


static inline __m128i
on_16(__m128i v, const char *p)
{
    __m128i  next, fold;

    next = _mm_loadu_si128((const __m128i *) (p + 1));
    fold = _mm_set1_epi8(0x20);

    return _mm_and_si128(equal_16(_mm_or_si128(v, fold), 'o'), equal_16(_mm_or_si128(next, fold), 'n'));
}


static inline uint64_t
bits_of_16(__m128i a, __m128i b, __m128i c, __m128i d)
{
    return (uint64_t) (unsigned) _mm_movemask_epi8(a) | (uint64_t) (unsigned) _mm_movemask_epi8(b) << 16
           | (uint64_t) (unsigned) _mm_movemask_epi8(c) << 32 | (uint64_t) (unsigned) _mm_movemask_epi8(d) << 48;
}


static inline uint64_t
equal_4x16(__m128i a, __m128i b, __m128i c, __m128i d, char byte)
{
    return bits_of_16(equal_16(a, byte), equal_16(b, byte), equal_16(c, byte), equal_16(d, byte));
}


static void
look_16(const char *p, const char *link, consent_markup_block_t *block)
{
    __m128i  a, b, c, d;

    a = _mm_loadu_si128((const __m128i *) p);
    b = _mm_loadu_si128((const __m128i *) (p + 16));
    c = _mm_loadu_si128((const __m128i *) (p + 32));
    d = _mm_loadu_si128((const __m128i *) (p + 48));

    block->from = p;
    block->less_than = equal_4x16(a, b, c, d, '<');
    block->greater_than = equal_4x16(a, b, c, d, '>');
    block->quote = equal_4x16(a, b, c, d, '"');
    block->apostrophe = equal_4x16(a, b, c, d, '\'');
    block->equals = equal_4x16(a, b, c, d, '=');
    block->slash = equal_4x16(a, b, c, d, '/');
    block->space = bits_of_16(space_16(a), space_16(b), space_16(c), space_16(d));
    block->control = bits_of_16(low_16(a), low_16(b), low_16(c), low_16(d)) & ~block->space;
    block->mark = bits_of_16(mark_16(a, p, link), mark_16(b, p + 16, link), mark_16(c, p + 32, link),
                             mark_16(d, p + 48, link));
    block->on = bits_of_16(on_16(a, p), on_16(b, p + 16), on_16(c, p + 32), on_16(d, p + 48));
}


/* The same of 32. */

#define AVX2  __attribute__((target("avx2")))

AVX2 static inline __m256i
equal_32(__m256i v, char c)
{
    return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c));
}


AVX2 static inline __m256i
space_32(__m256i v)
{
    return _mm256_or_si256(equal_32(v, ' '), equal_32(v, '\n'));
}


AVX2 static inline __m256i
low_32(__m256i v)
{
    return _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(' ')), v);
}


AVX2 static inline __m256i
mark_32(__m256i v, const char *p, const char *link)
{
    __m256i  next, low;

    next = _mm256_loadu_si256((const __m256i *) (p + 1));
    low = _mm256_or_si256(next, _mm256_set1_epi8(0x20));

    return _mm256_or_si256(_mm256_and_si256(equal_32(_mm256_or_si256(v, _mm256_set1_epi8(0x21)), 'y'),
                                            _mm256_or_si256(equal_32(low, 'l'), equal_32(low, 'c'))),
                           _mm256_and_si256(equal_32(v, link[0]), equal_32(next, link[1])));
}


AVX2 static inline __m256i
on_32(__m256i v, const char *p)
{
    __m256i  next, fold;

    next = _mm256_loadu_si256((const __m256i *) (p + 1));
    fold = _mm256_set1_epi8(0x20);

    return _mm256_and_si256(equal_32(_mm256_or_si256(v, fold), 'o'), equal_32(_mm256_or_si256(next, fold), 'n'));
}


AVX2 static inline uint64_t
bits_of_32(__m256i a, __m256i b)
{
    return (uint64_t) (uint32_t) _mm256_movemask_epi8(a) | (uint64_t) (uint32_t) _mm256_movemask_epi8(b) << 32;
}


AVX2 static inline uint64_t
equal_2x32(__m256i a, __m256i b, char byte)
{
    return bits_of_32(equal_32(a, byte), equal_32(b, byte));
}


AVX2 static void
look_32(const char *p, const char *link, consent_markup_block_t *block)
{
    __m256i  a, b;

    a = _mm256_loadu_si256((const __m256i *) p);
    b = _mm256_loadu_si256((const __m256i *) (p + 32));

    block->from = p;
    block->less_than = equal_2x32(a, b, '<');
    block->greater_than = equal_2x32(a, b, '>');
    block->quote = equal_2x32(a, b, '"');
    block->apostrophe = equal_2x32(a, b, '\'');
    block->equals = equal_2x32(a, b, '=');
    block->slash = equal_2x32(a, b, '/');
    block->space = bits_of_32(space_32(a), space_32(b));
    block->control = bits_of_32(low_32(a), low_32(b)) & ~block->space;
    block->mark = bits_of_32(mark_32(a, p, link), mark_32(b, p + 32, link));
    block->on = bits_of_32(on_32(a, p), on_32(b, p + 32));
}


consent_markup_look_pt
consent_markup_look(void)
{
    return __builtin_cpu_supports("avx2") ? look_32 : look_16;
}

#else

consent_markup_look_pt
consent_markup_look(void)
{
    return consent_markup_look_portable;
}

#endif
