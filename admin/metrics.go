package admin

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// What is asked for when it is wanted, in the order of docs/operations.md.
var (
	ledgerEvents  = prometheus.NewDesc("ledger_events", "Records of the ledger.", nil, nil)
	viewPosition  = prometheus.NewDesc("projection_position", "Records of the ledger that a view reflects.", []string{"view"}, nil)
	viewLagEvents = prometheus.NewDesc("projection_lag_events", "Records of the ledger that a view does not reflect yet.", []string{"view"}, nil)
	viewLag       = prometheus.NewDesc("projection_lag_seconds", "For how long the first record that a view does not reflect has waited, to the second; 0 where it reflects all.", []string{"view"}, nil)
	headEvents    = prometheus.NewDesc("checkpoint_events", "Records under the published head of the log.", nil, nil)
	headAge       = prometheus.NewDesc("checkpoint_age_seconds", "For how long the first record that is not under the published head has waited, to the second; 0 where it covers all.", nil, nil)
	leads         = prometheus.NewDesc("leading", "1 where this process keeps the shared views up and runs the commands, 0 where it stands by.", nil, nil)
	engineUp      = prometheus.NewDesc("engine_up", "1 where an engine answers as it should, 0 where it does not.", []string{"part", "engine"}, nil)
)

// register makes the registry: there is no other one, so nothing is measured that is not in it.
func (a *Admin) register() {
	a.registry = prometheus.NewRegistry()
	a.appends = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "ledger_append_seconds", Help: "How long appends took until they were durable, or refused.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"result"})
	a.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_seconds", Help: "How long requests took, by the pattern of their route.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"method", "route", "status"})
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "daybook_build_info", Help: "1; the version of the program is its label.", ConstLabels: prometheus.Labels{"version": a.c.Version}})
	build.Set(1)
	a.registry.MustRegister(a.appends, a.requests, build, state{a}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// Register adds what another part measures.
func (a *Admin) Register(c ...prometheus.Collector) error {
	var errs []error
	for _, c := range c {
		errs = append(errs, a.registry.Register(c))
	}
	return errors.Join(errs...)
}

// state asks the engines when the figures are wanted.
type state struct{ a *Admin }

func (s state) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{ledgerEvents, viewPosition, viewLagEvents, viewLag, headEvents, headAge, leads, engineUp} {
		to <- d
	}
}

// Collect leaves out what an engine does not tell, and says that it is not up.
func (s state) Collect(to chan<- prometheus.Metric) {
	a := s.a
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	up := func(part, engine string, err error) {
		v := 1.0
		if err != nil {
			v = 0
		}
		gauge(engineUp, v, part, engine)
	}

	_, broken := a.lookAtLedger(ctx)
	up("ledger", a.c.Names.Ledger, broken)
	head, unknown := a.head(ctx)
	if unknown == nil {
		gauge(ledgerEvents, float64(head))
	}
	var views error
	for _, v := range a.c.Views {
		at, err := a.position(ctx, v.Name)
		if err != nil {
			views = errors.Join(views, err)
			continue
		}
		gauge(viewPosition, float64(at), v.Name)
		if unknown == nil {
			gauge(viewLagEvents, float64(head-min(head, at)), v.Name)
			gauge(viewLag, a.waiting(at).Seconds(), v.Name)
		}
	}
	up("views", a.c.Names.Views, views)
	if a.c.Published != nil {
		size, err := a.published()
		if err == nil {
			gauge(headEvents, float64(size))
			if unknown == nil {
				gauge(headAge, a.waiting(size).Seconds())
			}
		}
		up("log", "files", err)
	}
	if a.c.Leads != nil {
		v := 0.0
		if a.c.Leads() {
			v = 1
		}
		gauge(leads, v)
	}
	if a.c.Vault != nil {
		_, err := a.lookAtVault(ctx)
		up("vault", a.c.Names.Vault, err)
	}
}

// Request measures a request. route is the pattern of its route, empty where it has none.
func (a *Admin) Request(method, route string, status int, took time.Duration) {
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}, method) {
		method = "other" // clients can call theirs anything, and each would be a line for ever
	}
	if route == "" {
		route = "none"
	}
	a.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// Measured is the ledger, with its appends measured.
func (a *Admin) Measured() Engine { return measured{a.c.Ledger, a} }

type measured struct {
	Engine
	a *Admin
}

// Append is that of ledger.Appender.
func (m measured) Append(ctx context.Context, stream domain.StreamID, version uint64, drafts ...ledger.Draft) (uint64, error) {
	began := time.Now()
	seq, err := m.Engine.Append(ctx, stream, version, drafts...)
	m.a.appended(began, err)
	return seq, err
}

// AppendBatches is that of ledger.Bulk.
func (m measured) AppendBatches(ctx context.Context, batches []ledger.Batch) (done, written int, err error) {
	began := time.Now()
	done, written, err = m.Engine.AppendBatches(ctx, batches)
	m.a.appended(began, err)
	return done, written, err
}

func (a *Admin) appended(began time.Time, err error) {
	result := "ok"
	switch {
	case errors.Is(err, ledger.ErrConflict):
		result = "conflict"
	case err != nil:
		result = "failed"
	}
	a.appends.WithLabelValues(result).Observe(time.Since(began).Seconds())
}
