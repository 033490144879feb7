package exchange

import (
	"github.com/prometheus/client_golang/prometheus"

	"entente/storage"
	"entente/trust"
)

// metrics count what crosses the border. Labels are fixed words, never ids or names.
type metrics struct {
	admitted *prometheus.CounterVec
	released prometheus.Counter
	commits  prometheus.Histogram
	grouped  prometheus.Histogram

	quarantined prometheus.Counter
	faults      prometheus.Counter
}

func newMetrics() *metrics {
	return &metrics{
		admitted: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "entente_objects_admitted_total", Help: "Objects written, by outcome.",
		}, []string{"outcome"}),
		released: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "entente_objects_released_total", Help: "Objects and manifest records handed to callers.",
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "entente_commit_seconds", Help: "Time of one commit, fsync included.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}),
		quarantined: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "entente_objects_quarantined_total", Help: "Objects of members that were put in quarantine.",
		}),
		faults: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "entente_decision_faults_total", Help: "Decisions that a fault inside the node ended: they release nothing. Any is an alarm.",
		}),
		grouped: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "entente_commit_requests", Help: "Writes that shared one commit.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 8),
		}),
	}
}

func (m *metrics) count(s *submission) {
	m.admitted.WithLabelValues("accepted").Add(float64(s.status.SuccessCount))
	m.admitted.WithLabelValues("rejected").Add(float64(s.status.FailureCount))
}

// alarm tells of decisions about one case that a fault of ours ended (P-8 40).
func (x *Exchange) alarm(k *storage.Case, readers int) {
	x.metrics.faults.Add(float64(readers))
	x.log.Error("a rule failed, and what it decides about is kept back: please report it",
		"reason", trust.CheckInternal, "type", k.Type, "source", k.Source.Name, "readers", readers)
}

// Collectors are the exchange's metrics, for the node's registry.
func (x *Exchange) Collectors() []prometheus.Collector {
	return []prometheus.Collector{x.metrics.admitted, x.metrics.released, x.metrics.commits, x.metrics.grouped, x.metrics.quarantined, x.metrics.faults}
}
