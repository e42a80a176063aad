-- +goose Up

-- Answers are counted in the view answers, and no longer in country and global. What is hidden is as it was.
CREATE OR REPLACE VIEW report.question_results WITH (security_barrier) AS
WITH sets AS (
  SELECT CASE WHEN x.doc ? 'place' THEN 'country' ELSE 'edition' END AS scope, x.doc->>'edition' AS edition, coalesce(x.doc->>'place', '') AS country, s.key AS sample_type,
    q.value AS q, x.at
  FROM daybook.served x, daybook.members(x.doc->'samples') s, daybook.items(s.value) q
  WHERE x.view = 'answers'
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
