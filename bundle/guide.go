package bundle

import (
	"bytes"
	"text/template"

	"daybook.internal/notary"
)

// guide is the page for whoever gets the bundle.
func guide(head notary.Checkpoint, policy bool) []byte {
	var b bytes.Buffer
	err := template.Must(template.New("guide").Parse(guideText)).Execute(&b, struct {
		notary.Checkpoint
		Policy bool
	}{head, policy})
	if err != nil {
		panic("bundle: the guide is a template of its own: " + err.Error())
	}
	return b.Bytes()
}

const guideText = `# A daybook bundle

This is the record of a citizens' dialogue, in a form that anybody can check without asking whoever runs it: the log {{.Origin}} with its first
{{.Size}} events. Its root is {{.Root}}.

## How to verify

Get the log's public key and, where there are witnesses, the policy with theirs from somewhere else than this bundle: from a print, a newspaper, the witnesses,
or somebody who kept them from before. Whoever forged a bundle would put their own key into it. The same holds for the programs.

1. ` + "`sha256sum -c --quiet SHA256SUMS`" + ` in the unpacked bundle: nothing was damaged on the way. It says nothing about who made it.
2. ` + "`auditor verify BUNDLE --key KEY --policy POLICY`" + `: signatures, root, tiles, the form of every event, the rules, every view, every document. It names
   what it finds. 0: verified; 1: something was found; 2: something could not be checked. With ` + "`--pin CHECKPOINT`" + ` it checks that this log continues a
   head that you kept; with ` + "`--annex FILE`" + `, that participants' words are those that were recorded.
3. ` + "`python3 verify.py BUNDLE KEY`" + `: a second opinion that shares no code with the first; less than 200 lines of Python without libraries. It checks
   the log's signature, the form of every event, the revisions of every stream, the root, and every tile. The exit codes are the same.

BUNDLE is the zip file or the directory; nothing needs to be unpacked. Both programs are in daybook's source: cmd/auditor and replay/verify.py.

## What each file is

| file | what it is |
|---|---|
| SHA256SUMS | the SHA-256 of every other file, as sha256sum writes it |
| checkpoint | the signed head of the log: name, number of events and root, then signatures (c2sp.org/tlog-checkpoint, c2sp.org/signed-note) |
| checkpoints/N | heads that were signed before, when there were N events |
| tile/entries/N | the events, 256 a file, each with its length in two bytes before it; the last file ends in .p/W and has W of them |
| tile/L/N | the hashes of the Merkle tree over them, level L (c2sp.org/tlog-tiles, RFC 6962) |
{{- if .Policy}}
| policy | the witnesses that the log asks, as it says itself; use your own copy to verify |
{{- end}}
| schemas/TYPE.json | JSON Schema of each type of event |
| documents/index.json | how many events the documents of each view reflect |
| documents/VIEW.ndjson | the documents of a view as they are served, in the order of their keys |

## How it hangs together

Every event is a line of JSON, a CloudEvents 1.0 event. SHA-256 of a zero byte and these bytes is the hash of its leaf; SHA-256 of a one byte and two hashes is that
of the node above them; the topmost one is the root, which the log has signed together with the number of events. So whoever holds one head holds all events before it: none can be
changed, taken out or put in without another root. An event's index is its place in the order of all; "subject" and "revision" are its place in its stream.

Participants' words and particulars are not here. In their place stands a commitment, HMAC-SHA256 under a salt of 32 bytes; an annex has salts and words for those
who may see them. What was erased stays erased, and the record says so.

This shows that the record was not changed after it was signed, to whoever kept a head or a receipt from before. It does not show that people were who they said
they were, nor that nobody was pressed or paid.
`
