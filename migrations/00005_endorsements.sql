-- +goose Up

-- Votes that people cast by their answers in a session are no longer counted on the card of a recommendation, but in report.question_results, where small numbers are hidden.
CREATE OR REPLACE VIEW report.endorsements AS
SELECT x.doc->>'edition' AS edition, x.doc->>'recommendation' AS recommendation, c.value->>'chamber' AS chamber, c.value->>'electorate' AS electorate,
  c.value->>'threshold' AS threshold, c.value->>'quorum' AS quorum,
  (c.value#>>'{count,eligible}')::bigint AS eligible, (c.value#>>'{count,cast}')::bigint AS ballots, (c.value#>>'{count,yes}')::bigint AS yes, (c.value#>>'{count,no}')::bigint AS no,
  (c.value#>>'{count,abstain}')::bigint AS abstain,
  CASE WHEN c.value->>'electorate' = 'checkedIn' THEN 'votes in a session stand in report.question_results' WHEN c.value->'count' IS NULL THEN 'the vote is not counted' END AS count_reason,
  (c.value->>'passed')::boolean AS passed, CASE WHEN c.value->'passed' IS NULL THEN 'not decided' END AS passed_reason, x.at
FROM daybook.served x, daybook.items(x.doc->'chambers') c
WHERE x.view = 'recommendation';
