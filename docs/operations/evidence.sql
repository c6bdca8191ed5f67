-- The table that rsyslog fills, and the questions of a data protection officer. PostgreSQL 12 or newer.

CREATE TABLE consent_evidence (
    line    text  NOT NULL,    -- as nginx wrote it: consent-evidence can verify what is exported from here
    id      text  GENERATED ALWAYS AS (line::jsonb ->> 'id') STORED PRIMARY KEY,
    host    text  GENERATED ALWAYS AS (line::jsonb ->> 'host') STORED,
    month   text  GENERATED ALWAYS AS (substr(line::jsonb ->> 'time', 1, 7)) STORED,
    record  jsonb GENERATED ALWAYS AS (line::jsonb) STORED
);

CREATE INDEX ON consent_evidence (host, month);

-- How many accepted everything, refused everything, chose, or took something back, by month and host.
CREATE VIEW consent_decisions AS
SELECT month, host,
       count(*) FILTER (WHERE record ->> 'decision' = 'accept-all') AS accepted_all,
       count(*) FILTER (WHERE record ->> 'decision' = 'refuse-all') AS refused_all,
       count(*) FILTER (WHERE record ->> 'decision' = 'save') AS chose,
       count(*) FILTER (WHERE jsonb_array_length(record -> 'withdrawn') > 0) AS withdrew
  FROM consent_evidence
 GROUP BY month, host;

-- The same for each service.
CREATE VIEW consent_answers AS
SELECT month, host, service,
       count(*) FILTER (WHERE answer = 'accept') AS accepted,
       count(*) FILTER (WHERE answer = 'refuse') AS refused,
       count(*) FILTER (WHERE record -> 'withdrawn' ? service) AS withdrew
  FROM consent_evidence, jsonb_each_text(record -> 'services') AS answers (service, answer)
 GROUP BY month, host, service;

-- Retention: DELETE FROM consent_evidence WHERE month < '2023-01';
