-- +goose Up

-- The documents in plain columns, for people with a BI tool: the schema report. They are read from the very documents that are served, so they are as far as those
-- are (report.progress), and a document that is not as it was committed is an error, never a number.
--
-- They fit the versions of the views that readstore/postgres/report_test.go lists: a new version of one of those views comes with a migration of its SQL.
--
-- Whatever is not shown is NULL, with a reason beside it, and never 0: what is not known, and the numbers of few people, by the rule of the edition's protocol.

CREATE SCHEMA report;

-- The JSON of a document, after a look at its digest (readstore.DocDigest). jsonb has no NUL in text: U+FFFD stands in its place.
-- +goose StatementBegin
CREATE FUNCTION daybook.document(view text, version bigint, key bytea, at bigint, digest bytea, data bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  words text;
BEGIN
  IF digest <> sha256('\x64617962 6f6f6b2d 646f632f 763100' || int8send(octet_length(view)) || convert_to(view, 'UTF8') || int8send(version)
      || int8send(octet_length(key)) || key || int8send(at) || data) THEN
    RAISE EXCEPTION 'the document % of view % is not as it was committed', encode(key, 'escape'), view USING ERRCODE = 'data_corrupted', HINT = 'Rebuild the view.';
  END IF;
  words := convert_from(data, 'UTF8');
  IF position('\u0000' IN words) > 0 THEN
    words := regexp_replace(words, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g');
  END IF;
  RETURN words::jsonb;
END
$$;
-- +goose StatementEnd

-- OFFSET 0: the document is looked at once, and not once for each column.
CREATE VIEW daybook.served AS
SELECT d.view, d.at, x.doc
FROM daybook.builds b
JOIN daybook.docs d ON d.view = b.view AND d.version = b.version
CROSS JOIN LATERAL (SELECT daybook.document(d.view, d.version, d.key, d.at, d.digest, d.data) AS doc OFFSET 0) x
WHERE b.served;

-- The members of an object and the items of an array; none of null. STRICT keeps the planner from looking inside, where it would expect a hundred of each, and
-- compile for a second what runs for a few milliseconds.
CREATE FUNCTION daybook.members(j jsonb) RETURNS TABLE (key text, value jsonb) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 3
AS $$ SELECT m.key, m.value FROM jsonb_each(CASE jsonb_typeof(j) WHEN 'object' THEN j ELSE '{}' END) m $$;

CREATE FUNCTION daybook.items(j jsonb) RETURNS TABLE (value jsonb) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
AS $$ SELECT i.value FROM jsonb_array_elements(CASE jsonb_typeof(j) WHEN 'array' THEN j ELSE '[]' END) i $$;

-- Under how many people numbers are hidden: as the protocol of the edition says, and 5 where it has none yet.
CREATE VIEW daybook.rules AS
SELECT doc->>'edition' AS edition, coalesce((doc#>>'{protocol,suppression,minBase}')::int, 5) AS min_base, coalesce((doc#>>'{protocol,suppression,minCell}')::int, 5) AS min_cell
FROM daybook.served WHERE view = 'edition';

-- A number of people, or NULL where they are fewer than fewest but somebody.
CREATE FUNCTION daybook.shown(n bigint, fewest int) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN n = 0 OR n >= fewest THEN n END $$;

CREATE VIEW report.progress AS
SELECT view, version, seq AS events FROM daybook.builds WHERE served;
COMMENT ON VIEW report.progress IS 'how many events of the ledger each view reflects';

-- Countries: one row for each edition, country and sample type. Numbers of different sample types are never added.
CREATE VIEW report.countries AS
WITH samples AS (
  SELECT e.key AS edition, nullif(x.doc->>'place', 'ZZ') AS place, s.key AS sample_type, s.value AS v, x.at
  FROM daybook.served x, daybook.members(x.doc->'editions') e, daybook.members(e.value->'samples') s
  WHERE x.view = 'country'
), people AS (
  SELECT s.*, coalesce(r.min_cell, 5) AS fewest,
    (v#>>'{participants,citizens}')::bigint AS citizens, (v#>>'{participants,stakeholders}')::bigint AS stakeholders,
    (v#>>'{consents,given}')::bigint AS consents_given, (v#>>'{consents,withdrawn}')::bigint AS consents_withdrawn, (v->>'respondents')::bigint AS respondents
  FROM samples s LEFT JOIN daybook.rules r USING (edition)
)
SELECT edition, place, CASE WHEN place IS NULL THEN 'unknown' END AS place_reason, sample_type, (v->>'dialogues')::bigint AS dialogues,
  daybook.shown(citizens, fewest) AS citizens, daybook.shown(stakeholders, fewest) AS stakeholders,
  daybook.shown(consents_given, fewest) AS consents_given, daybook.shown(consents_withdrawn, fewest) AS consents_withdrawn,
  daybook.shown(respondents, fewest) AS respondents,
  CASE WHEN daybook.shown(citizens, fewest) + daybook.shown(stakeholders, fewest) + daybook.shown(consents_given, fewest) + daybook.shown(consents_withdrawn, fewest)
    + daybook.shown(respondents, fewest) IS NULL THEN 'numbers under ' || fewest || ' people are hidden' END AS people_reason,
  (v->>'statements')::bigint AS statements, (v->>'accepted')::bigint AS statements_accepted, (v->>'rejected')::bigint AS statements_rejected,
  (v->>'hidden')::bigint AS statements_hidden, (v->>'undecided')::bigint AS statements_undecided,
  (v#>>'{reactions,agree}')::bigint AS agree, (v#>>'{reactions,disagree}')::bigint AS disagree, (v#>>'{reactions,pass}')::bigint AS pass, at
FROM people;
COMMENT ON VIEW report.countries IS 'one row for each edition, country and sample type: people, statements, reactions';

-- Question results: one row for each cell of each question, for each country and for the edition as a whole. A cell counts people, and share is that of the valid answers; where
-- people have spread points, it counts points, and share is that of all points.
--
-- Hidden is a set of cells with too few valid answers, and a cell of too few people. So that no difference tells them: where one country alone is hidden, the next smallest is,
-- too; where one cell alone is, the next smallest; where one country alone hides a cell, the edition does. The cells of a ranking, an option at a rank each (domain.Answer.Cells), add up
-- for each rank and for each option: where one is hidden, all are.
CREATE VIEW report.question_results WITH (security_barrier) AS
WITH sets AS (
  SELECT 'country' AS scope, e.key AS edition, x.doc->>'place' AS country, s.key AS sample_type, q.value AS q, x.at
  FROM daybook.served x, daybook.members(x.doc->'editions') e, daybook.members(e.value->'samples') s, daybook.items(s.value->'questions') q
  WHERE x.view = 'country'
  UNION ALL
  SELECT 'edition', x.doc->>'edition', '', s.key, q.value, x.at
  FROM daybook.served x, daybook.members(x.doc->'samples') s, daybook.items(s.value->'questions') q
  WHERE x.view = 'global'
), known AS (
  SELECT s.*, q->>'session' AS session, q#>>'{question,id}' AS question, (q#>>'{question,version}')::bigint AS question_version, q->>'wave' AS wave,
    (q->>'valid')::bigint AS valid, coalesce(r.min_base, 5) AS min_base, coalesce(r.min_cell, 5) AS min_cell, (q->>'valid')::bigint < coalesce(r.min_base, 5) AS few
  FROM sets s LEFT JOIN daybook.rules r USING (edition)
), beside AS (
  SELECT k.*, count(*) FILTER (WHERE few) OVER (PARTITION BY scope, edition, sample_type, session, question, question_version, wave) = 1 AND scope = 'country' AND NOT few
    AND row_number() OVER (PARTITION BY scope, edition, sample_type, session, question, question_version, wave, few ORDER BY valid, country) = 1 AS covers
  FROM known k
), cells AS (
  SELECT b.*, c.kind, c.cell, c.n, coalesce(bool_or(c.kind = 'answer' AND c.n > b.valid) OVER (PARTITION BY edition, question, question_version), false) AS points
  FROM beside b LEFT JOIN LATERAL (
    SELECT 'answer' AS kind, m.key AS cell, m.value::bigint AS n FROM daybook.members(b.q->'cells') m
    UNION ALL
    SELECT 'nonresponse', m.key, m.value::bigint FROM daybook.members(b.q->'nonresponse') m
  ) c ON true
), sized AS (
  SELECT c.*, n < min_cell AND NOT (points AND kind = 'answer') AS small, kind = 'answer' AND cell LIKE '%@%' AS ranked,
    sum(n) OVER (PARTITION BY scope, country, edition, sample_type, session, question, question_version, wave, kind) AS total
  FROM cells c
), rows AS (
  SELECT s.*, kind = 'answer' AND NOT small
    AND CASE count(*) FILTER (WHERE small) OVER (PARTITION BY scope, country, edition, sample_type, session, question, question_version, wave, kind) WHEN 0 THEN false WHEN 1 THEN ranked
      OR row_number() OVER (PARTITION BY scope, country, edition, sample_type, session, question, question_version, wave, kind, small ORDER BY n, cell) = 1 ELSE ranked END AS conceals
  FROM sized s
), columns AS (
  SELECT r.*, scope = 'edition' AND NOT few AND NOT small AND NOT conceals
    AND count(*) FILTER (WHERE scope = 'country' AND (few OR covers OR small OR conceals)) OVER (PARTITION BY edition, sample_type, session, question, question_version, wave, kind, cell) = 1 AS tells
  FROM rows r
), marked AS (
  SELECT c.*, kind = 'answer' AND NOT small AND NOT conceals AND NOT tells
    AND CASE count(*) FILTER (WHERE tells OR small OR conceals) OVER (PARTITION BY scope, country, edition, sample_type, session, question, question_version, wave, kind)
      WHEN 0 THEN false WHEN 1 THEN ranked
      OR row_number() OVER (PARTITION BY scope, country, edition, sample_type, session, question, question_version, wave, kind, tells OR small OR conceals ORDER BY n, cell) = 1
      ELSE ranked END AS hushes
  FROM columns c
)
SELECT edition, scope, nullif(nullif(country, 'ZZ'), '') AS place, CASE country WHEN 'ZZ' THEN 'unknown' WHEN '' THEN 'all of the edition' END AS place_reason, sample_type, session,
  question, question_version, wave, kind, cell,
  CASE WHEN NOT few AND NOT covers THEN valid END AS valid,
  CASE WHEN NOT (few OR covers OR small OR conceals OR tells OR hushes) THEN n END AS n,
  CASE WHEN kind = 'answer' AND points THEN 'points' ELSE 'people' END AS unit,
  CASE WHEN NOT (few OR covers OR small OR conceals OR tells OR hushes) AND kind = 'answer' THEN round(n / nullif(CASE WHEN points THEN total ELSE valid END, 0), 4) END AS share,
  CASE
    WHEN few THEN 'fewer than ' || min_base || ' valid answers'
    WHEN covers THEN 'hidden beside a country with too few'
    WHEN cell IS NULL THEN 'no cells: its answers are words'
    WHEN small THEN 'fewer than ' || min_cell || ' people'
    WHEN tells THEN 'hidden beside the only country that hides it'
    WHEN conceals OR hushes THEN 'hidden beside a cell with too few'
  END AS reason, at
FROM marked;
COMMENT ON VIEW report.question_results IS 'one row for each cell of a question, by country and for the edition as a whole; hidden numbers are NULL and have a reason';

-- Statements. Their words lie in the vault: words_event and words_field say where, words_commitment what they must match.
CREATE VIEW report.statements AS
WITH conversations AS (
  SELECT doc->>'conversation' AS conversation, doc->>'edition' AS edition, doc->>'place' AS place, doc->>'sampleType' AS sample_type
  FROM daybook.served WHERE view = 'conversation'
)
SELECT c.edition, x.doc->>'conversation' AS conversation, x.doc->>'statement' AS statement,
  nullif(nullif(c.place, 'ZZ'), '') AS place, CASE WHEN nullif(nullif(c.place, 'ZZ'), '') IS NULL THEN 'unknown' END AS place_reason, c.sample_type,
  x.doc->>'kind' AS kind, x.doc->>'parent' AS parent, nullif(x.doc->>'lang', 'und') AS lang, CASE x.doc->>'lang' WHEN 'und' THEN 'unknown' END AS lang_reason,
  (x.doc->>'seed')::boolean AS seed,
  CASE WHEN (x.doc->>'accepted')::int > 0 THEN 'accepted' WHEN (x.doc->>'rejected')::int > 0 THEN 'rejected' WHEN (x.doc->>'hidden')::int > 0 THEN 'hidden' ELSE 'undecided' END AS status,
  x.doc->>'reasonCode' AS moderation_reason,
  (x.doc->>'respondents')::bigint AS respondents, (x.doc#>>'{reactions,agree}')::bigint AS agree, (x.doc#>>'{reactions,disagree}')::bigint AS disagree,
  (x.doc#>>'{reactions,pass}')::bigint AS pass, (x.doc->>'revised')::bigint AS revised,
  x.doc#>>'{text,event}' AS words_event, x.doc#>>'{text,field}' AS words_field, x.doc#>>'{text,commitment}' AS words_commitment, x.at
FROM daybook.served x LEFT JOIN conversations c ON c.conversation = x.doc->>'conversation'
WHERE x.view = 'statement';
COMMENT ON VIEW report.statements IS 'one row for each statement: moderation and reactions; its words lie in the vault';

CREATE VIEW report.recommendations AS
WITH dialogues AS (
  SELECT doc->>'dialogue' AS dialogue, doc->>'place' AS place FROM daybook.served WHERE view = 'dialogue'
)
SELECT x.doc->>'edition' AS edition, x.doc->>'recommendation' AS recommendation, x.doc->>'level' AS level, x.doc->>'dialogue' AS dialogue, nullif(d.place, 'ZZ') AS place,
  CASE WHEN x.doc->>'dialogue' IS NULL THEN 'of no single place' WHEN d.place IS NULL OR d.place = 'ZZ' THEN 'unknown' END AS place_reason,
  x.doc->>'body' AS body, x.doc->>'kind' AS kind, x.doc->>'status' AS status, (x.doc->>'version')::bigint AS version,
  x.doc#>>'{text,source}' AS lang, x.doc->'text'->'text'->>(x.doc#>>'{text,source}') AS words,
  (SELECT count(*) FROM daybook.items(x.doc->'sources')) AS sources,
  x.doc->>'outcome' AS outcome, CASE WHEN x.doc->>'outcome' IS NULL THEN 'not decided' END AS outcome_reason, (x.doc->>'decidedAt')::timestamptz AS decided_at,
  (SELECT count(*) FROM daybook.items(x.doc->'dissents')) AS dissents, (SELECT count(*) FROM daybook.items(x.doc->'submissions')) AS submissions, x.at
FROM daybook.served x LEFT JOIN dialogues d ON d.dialogue = x.doc->>'dialogue'
WHERE x.view = 'recommendation';
COMMENT ON VIEW report.recommendations IS 'one row for each recommendation, in the words of its current version';

-- Endorsements: what each chamber must reach, and what it said.
CREATE VIEW report.endorsements AS
SELECT x.doc->>'edition' AS edition, x.doc->>'recommendation' AS recommendation, c.value->>'chamber' AS chamber, c.value->>'electorate' AS electorate,
  c.value->>'threshold' AS threshold, c.value->>'quorum' AS quorum,
  (c.value#>>'{count,eligible}')::bigint AS eligible, (c.value#>>'{count,cast}')::bigint AS ballots, (c.value#>>'{count,yes}')::bigint AS yes, (c.value#>>'{count,no}')::bigint AS no,
  (c.value#>>'{count,abstain}')::bigint AS abstain, CASE WHEN c.value->'count' IS NULL THEN 'the vote is not counted' END AS count_reason,
  (c.value->>'passed')::boolean AS passed, CASE WHEN c.value->'passed' IS NULL THEN 'not decided' END AS passed_reason, x.at
FROM daybook.served x, daybook.items(x.doc->'chambers') c
WHERE x.view = 'recommendation';
COMMENT ON VIEW report.endorsements IS 'one row for each chamber that votes on a recommendation';

-- Lineage: what stands on what. source: from_stream stands on to_stream as it was at to_version, in a role; link: a statement's relation to another one;
-- supersession: from_stream stands in the place of to_stream.
CREATE VIEW report.lineage_edges AS
SELECT 'source' AS kind, x.doc->>'stream' AS from_stream, s.value->>'role' AS role, s.value#>>'{ref,stream}' AS to_stream, (s.value#>>'{ref,version}')::bigint AS to_version,
  NULL AS to_version_reason, x.at
FROM daybook.served x, daybook.items(x.doc->'sources') s WHERE x.view = 'lineage'
UNION ALL
SELECT 'link', l.value->>'from', l.value->>'relation', l.value->>'to', NULL, 'of the statement, whatever its version', x.at
FROM daybook.served x, daybook.items(x.doc->'links') l WHERE x.view = 'lineage' AND l.value->>'from' = x.doc->>'stream'
UNION ALL
SELECT 'supersession', x.doc->>'stream', p.value->>'relation', p.value->>'of', NULL, 'of the recommendation, whatever its version', x.at
FROM daybook.served x, daybook.items(x.doc->'supersedes') p WHERE x.view = 'lineage';
COMMENT ON VIEW report.lineage_edges IS 'one row for each edge of the graph of sources';

GRANT USAGE ON SCHEMA report TO daybook_reader, daybook_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA report TO daybook_reader, daybook_writer;
