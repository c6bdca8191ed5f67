#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "cookie_date.h"


static void
assert_date(const char *text, int64_t expected)
{
    int64_t  seconds;

    assert_int_equal(consent_cookie_date(consent_str(text), &seconds), 0);
    assert_int_equal(seconds, expected);
}


static void
assert_no_date(const char *text)
{
    int64_t  seconds = 42;

    assert_int_equal(consent_cookie_date(consent_str(text), &seconds), -1);
    assert_int_equal(seconds, 42);
}


static void
the_three_formats_of_http_are_read(void **state)
{
    (void) state;

    assert_date("Sun, 06 Nov 1994 08:49:37 GMT", 784111777);
    assert_date("Sunday, 06-Nov-94 08:49:37 GMT", 784111777);
    assert_date("Sun Nov  6 08:49:37 1994", 784111777);
}


static void
what_servers_write_is_read(void **state)
{
    (void) state;

    assert_date("Wed, 09 Jun 2021 10:18:14 GMT", 1623233894);
    assert_date("Wed, 09-Jun-2021 10:18:14 GMT", 1623233894);
    assert_date("Wed, 09 Jun 2021 10:18:14 UTC", 1623233894);
    assert_date("Wed, 9 Jun 2021 10:18:14", 1623233894);
    assert_date("Thu, 01-Jan-1970 00:00:00 GMT", 0);
    assert_date("Tue, 19 Jan 2038 03:14:07 GMT", 2147483647);
    assert_date("Tue, 19 Jan 2038 03:14:08 GMT", 2147483648);
    assert_date("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799);
}


static void
the_order_of_the_parts_is_free(void **state)
{
    (void) state;

    assert_date("10:18:14 9 June 2021", 1623233894);
    assert_date("2021 jun 09 10:18:14", 1623233894);
    assert_date("JUNebug;9th*2021ad@10:18:14z", 1623233894);
    assert_date("\t\"10:18:14\" (Jun) 9/2021", 1623233894);
}


static void
one_digit_does_for_hours_minutes_and_seconds(void **state)
{
    (void) state;

    assert_date("1 Jan 1970 0:0:0", 0);
    assert_date("1 Jan 1970 0:0:0x9", 0);
    assert_no_date("1 Jan 1970 000:0:0");
    assert_no_date("1 Jan 1970 0:0:000");
}


static void
two_digits_of_a_year_mean_1970_to_2069(void **state)
{
    (void) state;

    assert_date("1 Jan 70 00:00:00", 0);
    assert_date("31 Dec 99 23:59:59", 946684799);
    assert_date("1 Jan 01 00:00:00", 978307200);
    assert_date("31 Dec 69 00:00:00", 3155673600);
}


static void
the_first_part_of_a_kind_counts(void **state)
{
    (void) state;

    assert_date("1 Jan 1970 00:00:00 2 Feb 2021 11:11:11", 0);

    /* a second number of two digits is a year */

    assert_date("09 21 Jun 10:18:14", 1623233894);
}


static void
leap_days_exist_in_leap_years(void **state)
{
    (void) state;

    assert_date("29 Feb 2000 00:00:00", 951782400);
    assert_date("29 Feb 2024 12:00:00", 1709208000);
    assert_date("1 Mar 1970 00:00:00", 5097600);
    assert_date("1 Mar 2100 00:00:00", 4107542400);
    assert_no_date("29 Feb 2023 00:00:00");
    assert_no_date("29 Feb 2100 00:00:00");
    assert_no_date("29 Feb 1900 00:00:00");
}


static void
dates_before_1970_are_negative(void **state)
{
    (void) state;

    assert_date("31 Dec 1969 23:59:59", -1);
    assert_date("1 Jan 1601 00:00:00", -11644473600);
}


static void
what_does_not_exist_is_no_date(void **state)
{
    (void) state;

    assert_no_date("31 Dec 1600 00:00:00");
    assert_no_date("0 Jan 2021 00:00:00");
    assert_no_date("32 Jan 2021 00:00:00");
    assert_no_date("31 Apr 2021 00:00:00");
    assert_no_date("1 Jan 2021 24:00:00");
    assert_no_date("1 Jan 2021 23:60:00");
    assert_no_date("1 Jan 2021 23:59:60");
    assert_no_date("1 Jan 100 00:00:00");
}


static void
a_date_without_all_its_parts_is_none(void **state)
{
    (void) state;

    assert_no_date("");
    assert_no_date("0");
    assert_no_date("-1");
    assert_no_date("Session");
    assert_no_date("1 Jan 2021");
    assert_no_date("1 Jan 10:18:14");
    assert_no_date("1 2021 10:18:14");
    assert_no_date("Jan 2021 10:18:14");
    assert_no_date("2021-06-09T10:18:14Z");
    assert_no_date("1623233894");
}


static void
numbers_that_are_too_long_are_no_years(void **state)
{
    (void) state;

    assert_no_date("1 Jan 20211 10:18:14");
    assert_no_date("1 Jan 99999999999999999999 10:18:14");
    assert_no_date("1 Jan 2 10:18:14");
}


static void
bytes_that_are_no_delimiters_stay_in_their_token(void **state)
{
    int64_t  seconds;

    (void) state;

    assert_no_date("9 Jun\xc2\xa0""2021 10:18:14");
    assert_int_equal(consent_cookie_date((consent_str_t) { "9 Jun\0""2021 10:18:14", 19 }, &seconds), -1);
    assert_int_equal(consent_cookie_date((consent_str_t) { NULL, 0 }, &seconds), -1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(the_three_formats_of_http_are_read),
        cmocka_unit_test(what_servers_write_is_read),
        cmocka_unit_test(the_order_of_the_parts_is_free),
        cmocka_unit_test(one_digit_does_for_hours_minutes_and_seconds),
        cmocka_unit_test(two_digits_of_a_year_mean_1970_to_2069),
        cmocka_unit_test(the_first_part_of_a_kind_counts),
        cmocka_unit_test(leap_days_exist_in_leap_years),
        cmocka_unit_test(dates_before_1970_are_negative),
        cmocka_unit_test(what_does_not_exist_is_no_date),
        cmocka_unit_test(a_date_without_all_its_parts_is_none),
        cmocka_unit_test(numbers_that_are_too_long_are_no_years),
        cmocka_unit_test(bytes_that_are_no_delimiters_stay_in_their_token)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
