package domain

import "reflect"

// Nine in ten records are votes. Their members are read here by name, in the same order and to the same bytes as codecOf would by reflection, which takes three
// times as long. What is written is still written by codecOf alone, and the tests hold the one against the other.

// quick is a type that reads its own canonical form. What it reads into is zero.
type quick interface{ read(r *reader) error }

var quickType = reflect.TypeFor[quick]()

func (m *Meta) read(r *reader) error {
	o := object{r: r}
	textIn(&o, `"actor":`, always, &m.Actor)
	if o.has(`"causation":`, optional) {
		m.Causation = new(EventID)
		o.err = readText(r, m.Causation)
	}
	nameIn(&o, `"command":`, always, &m.Command)
	nameIn(&o, `"correlation":`, optional, &m.Correlation)
	nameIn(&o, `"dialogue":`, optional, &m.Dialogue)
	textIn(&o, `"observed":`, optional, &m.Observed)
	textIn(&o, `"occurredat":`, optional, &m.OccurredAt)
	o.left(`"occurredat":`, m.OccurredAt == 0)
	nameIn(&o, `"source":`, always, &m.Source)
	textIn(&o, `"time":`, always, &m.Time)
	return o.end()
}

func (c *BallotCast) read(r *reader) error {
	o := object{r: r}
	if o.has(`"answer":`, always) {
		o.err = c.Answer.read(r)
	}
	nameIn(&o, `"channel":`, always, &c.Channel)
	textIn(&o, `"device":`, optional, &c.Device)
	o.left(`"device":`, c.Device == DeviceKey{})
	nameIn(&o, `"dialogue":`, always, &c.Dialogue)
	if o.has(`"issued":`, optional) {
		o.err = readAny(r, &c.Issued)
	}
	nameIn(&o, `"lang":`, always, &c.Lang)
	nameIn(&o, `"pseudonym":`, always, &c.Pseudonym)
	if o.has(`"question":`, always) {
		o.err = c.Question.read(r)
	}
	if o.has(`"replaces":`, optional) {
		c.Replaces = new(Answer)
		o.err = c.Replaces.read(r)
	}
	intIn(&o, `"revision":`, always, &c.Revision)
	nameIn(&o, `"session":`, always, &c.Session)
	textIn(&o, `"signature":`, optional, &c.Signature)
	o.left(`"signature":`, c.Signature == DeviceSignature{})
	nameIn(&o, `"table":`, optional, &c.Table)
	nameIn(&o, `"wave":`, always, &c.Wave)
	return o.end()
}

func (a *Answer) read(r *reader) error {
	o := object{r: r}
	if o.has(`"allocation":`, optional) {
		o.err = readAny(r, &a.Allocation)
		o.left(`"allocation":`, len(a.Allocation) == 0)
	}
	nameIn(&o, `"endorsement":`, optional, &a.Endorsement)
	nameIn(&o, `"nonresponse":`, optional, &a.NonResponse)
	nameIn(&o, `"option":`, optional, &a.Option)
	if o.has(`"options":`, optional) {
		o.err = readAny(r, &a.Options)
		o.left(`"options":`, len(a.Options) == 0)
	}
	intIn(&o, `"point":`, optional, &a.Point)
	if o.has(`"ranking":`, optional) {
		o.err = readAny(r, &a.Ranking)
		o.left(`"ranking":`, len(a.Ranking) == 0)
	}
	textIn(&o, `"text":`, optional, &a.Text)
	o.left(`"text":`, a.Text == Commitment{})
	return o.end()
}

func (a *ArtefactRef) read(r *reader) error {
	o := object{r: r}
	nameIn(&o, `"id":`, always, &a.ID)
	intIn(&o, `"version":`, always, &a.Version)
	return o.end()
}

func (c *ReactionCast) read(r *reader) error {
	o := object{r: r}
	nameIn(&o, `"conversation":`, always, &c.Conversation)
	if o.has(`"important":`, optional) {
		c.Important, o.err = r.bool()
		o.left(`"important":`, !c.Important)
	}
	nameIn(&o, `"replaces":`, optional, &c.Replaces)
	nameIn(&o, `"respondent":`, always, &c.Respondent)
	intIn(&o, `"revision":`, always, &c.Revision)
	nameIn(&o, `"statement":`, always, &c.Statement)
	nameIn(&o, `"value":`, always, &c.Value)
	return o.end()
}

// object reads the members of one object, in ascending order. After the first error it reads no more.
type object struct {
	r    *reader
	n    int // how many members it has had
	err  error
	seen string // the member that was read last
}

// presence is whether a member may be left out.
type presence bool

const (
	always   presence = false
	optional presence = true
)

// has goes to the value of a member, if it comes next. name is the member as it stands there: `"name":`.
func (o *object) has(name string, p presence) bool {
	if o.err != nil {
		return false
	}
	opening := byte(',')
	if o.n == 0 {
		opening = '{'
	}
	rest := o.r.text[o.r.at:]
	if len(rest) > len(name) && rest[2] == name[1] && rest[0] == opening && string(rest[1:1+len(name)]) == name {
		o.n++
		o.r.at += 1 + len(name)
		o.seen = name
		return true
	}
	if p == always {
		o.err = o.r.fail("member %s is missing here", name[:len(name)-1])
	}
	return false
}

// left is an error where an optional member that was just read is empty.
func (o *object) left(name string, empty bool) {
	if o.err == nil && empty && o.seen == name {
		o.err = o.r.fail("member %s is empty and must be left out", name[:len(name)-1])
	}
}

// end reads the end of the object.
func (o *object) end() error {
	if o.err == nil && o.n == 0 {
		o.err = o.r.want('{')
	}
	if o.err == nil && o.r.want('}') != nil {
		o.err = o.r.fail("a member that is not known, or not in ascending order")
	}
	return o.err
}

// nameIn reads a string. One that may be left out is not empty.
func nameIn[T ~string](o *object, name string, p presence, to *T) {
	if o.has(name, p) {
		var s string
		s, o.err = o.r.string()
		*to = T(s)
		o.left(name, p == optional && s == "")
	}
}

func intIn(o *object, name string, p presence, to *int) {
	if o.has(name, p) {
		var n int64
		n, o.err = o.r.int()
		*to = int(n)
		o.left(name, p == optional && n == 0)
	}
}

// textIn reads a value that reads its text itself.
func textIn[T any, P interface {
	*T
	textual
}](o *object, name string, p presence, to P) {
	if o.has(name, p) {
		o.err = readText(o.r, to)
	}
}

func readText(r *reader, to textual) error {
	text, err := r.chars()
	if err != nil {
		return err
	}
	if err := to.parseText(r.names, text); err != nil {
		return r.fail("%v", err)
	}
	return nil
}

// readAny reads by reflection what is rare.
func readAny(r *reader, to any) error {
	v := reflect.ValueOf(to).Elem()
	return codecOf(v.Type()).read(r, v)
}
