package process

import (
	"fmt"
	"slices"

	"daybook.internal/domain"
)

// Preparation is how far a dialogue has come before it may take place.
type Preparation struct {
	Registered     bool
	SampleType     domain.SampleType
	PlannedSize    int // 0: not limited
	Languages      []domain.Lang
	ProtocolFrozen bool
	QuotaPlan      bool
	Instruments    []Instrument // of all sessions
	Consent        *Instrument  // the consent text, nil where there is none
	// HeadFacilitators and TableFacilitators are how many people of the partner are trained for these roles.
	HeadFacilitators, TableFacilitators int
	Waived                              []string // rules that the committee has lifted
}

// Instrument is an artefact version that is put before people.
type Instrument struct {
	Ref        domain.ArtefactRef
	Approved   bool // and not withdrawn
	SourceLang domain.Lang
	Verified   []domain.Lang // into which a translation is verified
}

func (i Instrument) String() string { return fmt.Sprintf("%s version %d", i.Ref.ID, i.Ref.Version) }

// PeopleAtTable is the most people that one table facilitator looks after.
const PeopleAtTable = 8

// Authorise says what a dialogue lacks before it can be authorised, in the order in which one would go about it. Nothing is authorised by it.
func Authorise(p Preparation) []Gap {
	gaps := []Gap{}
	miss := func(rule, about, format string, args ...any) {
		if !slices.Contains(p.Waived, rule) {
			gaps = append(gaps, gap(rule, about, format, args...))
		}
	}
	if !p.Registered {
		return append(gaps, gap(Registration, "", "register the dialogue"))
	}
	if !p.ProtocolFrozen {
		miss(ProtocolRule, "", "freeze the protocol of the edition, or have the committee waive it")
	}
	drawn := p.SampleType == domain.Sortition || p.SampleType == domain.Quota
	if drawn && !p.QuotaPlan {
		miss(QuotaPlan, "", "set a quota plan: a %s dialogue mirrors a population", p.SampleType)
	}
	if drawn && (p.PlannedSize < 50 || p.PlannedSize > 200) {
		miss(SizeRule, "", "plan for 50 to 200 people, not %d, or have the committee waive it", p.PlannedSize)
	}
	if len(p.Instruments) == 0 && p.SampleType != domain.OpenOnline {
		miss(Instruments, "", "plan sessions with instruments: nothing would be asked")
	}
	for _, i := range p.Instruments {
		gaps = append(gaps, p.usable(i)...)
	}
	if p.Consent == nil && p.SampleType != domain.OpenOnline {
		miss(Consent, "", "bring a consent text, and have it approved")
	} else if p.Consent != nil {
		gaps = append(gaps, p.usable(*p.Consent)...)
	}
	if p.SampleType == domain.OpenOnline { // everybody comes as they like, and nobody sits at a table
		return gaps
	}
	if p.HeadFacilitators < 1 {
		miss(Facilitation, string(domain.HeadFacilitator), "train a head facilitator")
	}
	if need := max(1, (p.PlannedSize+PeopleAtTable-1)/PeopleAtTable); p.TableFacilitators < need {
		miss(Facilitation, string(domain.TableFacilitator), "train %d more table facilitators: %d of %d are", need-p.TableFacilitators, p.TableFacilitators, need)
	}
	return gaps
}

// usable says what an instrument lacks before it can be put before people in every language of the dialogue.
func (p Preparation) usable(i Instrument) (gaps []Gap) {
	if !i.Approved {
		gaps = append(gaps, gap(Approval, i.String(), "have %s approved", i))
	}
	for _, lang := range p.Languages {
		if lang != i.SourceLang && !slices.Contains(i.Verified, lang) {
			gaps = append(gaps, gap(Translation, i.String(), "have the translation of %s into %s verified", i, lang))
		}
	}
	return gaps
}
