package report

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"daybook.internal/domain"
)

// The documents of views as far as a report reads them. A number that does not exist is null there, and nil here.
type (
	judged struct {
		AsOf     string `json:"asOf"`
		Verdicts struct {
			Pass, Fail, Reported, Unknown int
		} `json:"verdicts"`
		Indicators []indicator       `json:"indicators"`
		Parameters map[string]string `json:"parameters"`
		Algorithms []string          `json:"algorithms"`
	}
	indicator struct {
		Indicator  string            `json:"indicator"`
		Principle  string            `json:"principle"`
		SampleType domain.SampleType `json:"sampleType"`
		Verdict    string            `json:"verdict"`
		measured
		Parts     []measured `json:"parts"`
		Dialogues *struct {
			Pass, Fail, Reported, Unknown int
		} `json:"dialogues"`
		Notes    []string `json:"notes"`
		Views    []string `json:"views"`
		Evidence []struct {
			Event string `json:"event"`
			Count int    `json:"count"`
			First []struct {
				Seq     uint64 `json:"seq"`
				Stream  string `json:"stream"`
				Version uint64 `json:"version"`
			} `json:"first"`
		} `json:"evidence"`
	}
	measured struct {
		Key       string    `json:"key"`
		About     string    `json:"about"`
		Unit      string    `json:"unit"`
		Value     *float64  `json:"value"`
		Interval  *interval `json:"interval"`
		Count     *int      `json:"count"`
		Base      *int      `json:"base"`
		Of        string    `json:"of"`
		Threshold *struct {
			Ratio string `json:"ratio"`
			Most  bool   `json:"most"`
			Own   bool   `json:"own"`
		} `json:"threshold"`
		Judged   string `json:"judged"`
		Unknown  string `json:"unknown"`
		Question string `json:"question"`
	}
	interval struct {
		Low  *float64 `json:"low"`
		High *float64 `json:"high"`
	}
	funnel struct {
		Dialogues int    `json:"dialogues"`
		Chamber   string `json:"chamber"`
		Stages    []struct {
			Stage     string `json:"stage"`
			People    *int   `json:"people"`
			Dialogues int    `json:"dialogues"`
		} `json:"stages"`
	}
	represented struct {
		Dimension string `json:"dimension"`
		Dialogues int    `json:"dialogues"`
		Of        []struct {
			Who        string   `json:"who"`
			Unknown    string   `json:"unknown"`
			Suppressed bool     `json:"suppressed"`
			Base       *int     `json:"base"`
			GRI        *float64 `json:"gri"`
			Best       *float64 `json:"best"`
			Strata     []struct {
				Label    string   `json:"label"`
				Count    int      `json:"count"`
				Achieved *float64 `json:"achieved"`
				Target   *float64 `json:"target"`
			} `json:"strata"`
		} `json:"of"`
	}
	question struct {
		Question   domain.ArtefactRef `json:"question"`
		Kind       string             `json:"kind"`
		Unit       string             `json:"unit"`
		Text       domain.LText       `json:"text"`
		Session    domain.SessionID   `json:"session"`
		Wave       string             `json:"wave"`
		SampleType domain.SampleType  `json:"sampleType"`
		Dialogues  int                `json:"dialogues"`
		Suppressed bool               `json:"suppressed"`
		Base       *int               `json:"base"`
		Options    []struct {
			Option   string       `json:"option"`
			Label    domain.LText `json:"label"`
			Count    int          `json:"count"`
			Share    *float64     `json:"share"`
			Interval *interval    `json:"interval"`
			Robust   *struct {
				Interval *interval `json:"interval"`
			} `json:"robust"`
		} `json:"options"`
		Warnings []struct{ Name string } `json:"warnings"`
	}
	moved struct {
		Question   domain.ArtefactRef `json:"question"`
		Text       domain.LText       `json:"text"`
		SampleType domain.SampleType  `json:"sampleType"`
		Suppressed bool               `json:"suppressed"`
		Matched    *int               `json:"matched"`
		Moves      *struct {
			Gross *float64 `json:"gross"`
			Net   *float64 `json:"net"`
		} `json:"moves"`
		Shares []struct {
			Option string   `json:"option"`
			Before *float64 `json:"before"`
			After  *float64 `json:"after"`
		} `json:"shares"`
		Scale *struct {
			Before        *float64  `json:"before"`
			After         *float64  `json:"after"`
			Change        *float64  `json:"change"`
			Interval      *interval `json:"interval"`
			VarianceRatio *float64  `json:"varianceRatio"`
		} `json:"scale"`
	}
)

// read reads a document; false where there is none.
func (b *builder) read(view, key string, d any) (bool, error) {
	data, err := b.Document(view, key)
	if err != nil || data == nil {
		return false, err
	}
	if err := json.Unmarshal(data, d); err != nil {
		return false, fmt.Errorf("report: document %s of view %s: %w", key, view, err)
	}
	return true, nil
}

// decimal is a number with some digits, without a sign of nothing; a dash where it does not exist.
func decimal(x *float64, digits int) string {
	if x == nil {
		return "–"
	}
	s := strconv.FormatFloat(*x, 'f', digits, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1)
}

// percent is a share in percent.
func percent(x *float64) string {
	if x == nil {
		return "–"
	}
	of := float64(*x * 100)
	return decimal(&of, 1) + " %"
}

func (i *interval) percent() string {
	if i == nil || i.Low == nil || i.High == nil {
		return "–"
	}
	return strings.TrimSuffix(percent(i.Low), " %") + " to " + percent(i.High)
}

// count is a whole number with a thin space between thousands.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

func some(n *int) string {
	if n == nil {
		return "–"
	}
	return count(*n)
}

// value is a measured value in its unit.
func (m measured) value() string {
	if m.Value == nil {
		return "–"
	}
	switch m.Unit {
	case "share":
		return percent(m.Value)
	case "yes or no":
		if *m.Value == 1 {
			return "yes"
		}
		return "no"
	case "count", "people":
		if *m.Value == float64(int(*m.Value)) {
			return count(int(*m.Value))
		}
		return decimal(m.Value, 2)
	case "minutes", "days":
		return decimal(m.Value, 0) + " " + m.Unit
	}
	return decimal(m.Value, 3)
}

// threshold is what a value is judged by.
func (m measured) threshold() string {
	if m.Threshold == nil {
		return "–"
	}
	num, den, _ := strings.Cut(m.Threshold.Ratio, "/")
	n, _ := strconv.ParseFloat(num, 64)
	if d, err := strconv.ParseFloat(den, 64); err == nil && d > 0 {
		n /= d
	}
	limit := measured{Unit: m.Unit, Value: &n}
	if m.Unit == "yes or no" {
		return "yes"
	}
	sign := "≥ "
	if m.Threshold.Most {
		sign = "≤ "
	}
	return sign + plain(limit.value())
}

// plain leaves out digits after the point that say nothing.
func plain(s string) string {
	number, unit, _ := strings.Cut(s, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return strings.TrimSpace(number + " " + unit)
}

// base is what a value is of.
func (m measured) base() string {
	switch {
	case m.Base == nil:
		return "–"
	case m.Count != nil:
		return count(*m.Count) + " of " + count(*m.Base) + " " + m.Of
	}
	return count(*m.Base) + " " + m.Of
}
