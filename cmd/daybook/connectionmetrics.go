package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"daybook.internal/api/edge"
)

// connectionFigures asks when the figures are wanted.
type connectionFigures struct{ *edge.Connections }

// What connections tell Prometheus.
var (
	connectionsOpen    = prometheus.NewDesc("connections_open", "Connections of HTTP that are open.", nil, nil)
	connectionsMost    = prometheus.NewDesc("connections_most", "Connections of HTTP that may be open; 0: any number.", nil, nil)
	connectionsRefused = prometheus.NewDesc("connections_refused_total", "Connections of HTTP that were refused, as too many were open.", nil, nil)
)

// Describe is that of prometheus.Collector.
func (f connectionFigures) Describe(to chan<- *prometheus.Desc) {
	to <- connectionsOpen
	to <- connectionsMost
	to <- connectionsRefused
}

// Collect is that of prometheus.Collector.
func (f connectionFigures) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(connectionsOpen, prometheus.GaugeValue, float64(f.Open()))
	to <- prometheus.MustNewConstMetric(connectionsMost, prometheus.GaugeValue, float64(f.Most))
	to <- prometheus.MustNewConstMetric(connectionsRefused, prometheus.CounterValue, float64(f.Refused()))
}
