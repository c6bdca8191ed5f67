/*
 * A small town's policy, for the tests of what is said of cookies: a name, a wildcard and an expression, every basis,
 * every kind of lifetime. What the catalogue of t/data has and the town does not list is unlisted: facebook and
 * google-analytics.
 */

#ifndef CONSENT_TEST_TOWN_POLICY_H
#define CONSENT_TEST_TOWN_POLICY_H

#define SERVICE(id, purpose, basis, cookies) \
    "{\"id\":\"" id "\",\"name\":\"" id "\",\"purpose\":\"" purpose "\",\"basis\":\"" basis "\"," \
    "\"provider\":{\"name\":\"x\"},\"description\":{\"fr\":\"x\",\"en\":\"x\"},\"cookies\":[" cookies "]}"

#define COOKIE(name, lifetime)  "{\"name\":\"" name "\",\"lifetime\":" lifetime "}"

#define TOWN(unknown) \
    "{\"site\":\"Ville\",\"controller\":{\"name\":\"Ville\",\"privacy_policy\":\"/p\"},\"languages\":[\"fr\"]," \
    "\"services\":[" \
    SERVICE("session", "necessary", "necessary", \
            COOKIE("PHPSESSID", "\"session\"") "," COOKIE("__Host-csrf", "\"1h\"")) "," \
    SERVICE("counter", "audience", "exempt", \
            COOKIE("_c_id.*", "\"30d\"") "," COOKIE("_c_two", "\"2y\"") "," COOKIE("_c_any", "null")) "," \
    SERVICE("meteo", "content", "consent", \
            COOKIE("mt_*", "\"30d\"") "," COOKIE("meteo", "null") "," COOKIE("__Secure-mt", "\"30d\"") "," \
            COOKIE("__Host-mt", "\"30d\"") "," COOKIE("__utma", "\"30d\"")) "," \
    SERVICE("measure", "audience", "consent", \
            COOKIE("/_m_[0-9]+/", "null") "," COOKIE("_m_two", "\"2y\"") "," COOKIE("_m_tab", "\"session\"")) \
    "]" unknown "}"

#define UNKNOWN_BLOCKED   ",\"unknown\":{\"cookies\":\"block\"}"

/* Indexes into the policy's entries. */
enum { SESSION, COUNTER, METEO, MEASURE };

#endif
