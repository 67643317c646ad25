package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

const heading = `engine   workload      floor req/s  portico req/s   throughput ratio       gate  aim     CPU µs/req floor, portico   CPU ratio`

// result holds the rounds of one workload on one engine. A round has one
// measurement of each side.
type result struct {
	engine string
	workload
	rounds [][]measured
	// steady holds rounds in which all sides get the same number of requests a second.
	steady [][]measured
}

// compared returns one line of the table of Portico and the floor.
func (r result) compared() string {
	return fmt.Sprintf("%-8s %-12s %12.0f %14.0f   %s   %.2f  %.2f   %12.0f %12.0f   %s", r.engine, r.name, r.median(theFloor, rate), r.median(thePortico, rate),
		r.ratio(thePortico, theFloor, rate), r.gate, r.aim, r.median(theFloor, micros), r.median(thePortico, micros), r.ratio(thePortico, theFloor, micros))
}

func rate(m measured) float64   { return m.rate }
func micros(m measured) float64 { return float64(m.cpu) / float64(time.Microsecond) }
func p50(m measured) float64    { return float64(m.p50) / float64(time.Millisecond) }
func p99(m measured) float64    { return float64(m.p99) / float64(time.Millisecond) }

// median returns the median of a side's values.
func (r result) median(side int, value func(measured) float64) float64 {
	all := make([]float64, len(r.rounds))
	for i, round := range r.rounds {
		all[i] = value(round[side])
	}
	return median(all)
}

// slowest returns the least of the sides' median rates.
func (r result) slowest() float64 {
	least := r.median(0, rate)
	for i := range r.rounds[0] {
		least = min(least, r.median(i, rate))
	}
	return least
}

// ratio returns the spread of the ratios of one side's value to another's in
// the same round.
func (r result) ratio(side, to int, value func(measured) float64) string {
	all := make([]float64, len(r.rounds))
	for i, round := range r.rounds {
		all[i] = value(round[side]) / value(round[to])
	}
	return spread(all)
}

// summarize prints the tables that compare all sides: Portico with each peer,
// and the latencies.
func (c settings) summarize(results []result) {
	if len(results) == 0 {
		return
	}
	if c.againstPeers() {
		fmt.Print("\nPortico against each peer, in the same rounds. A throughput ratio above 1 means that Portico is faster, a CPU ratio\n" +
			"below 1 that it takes less CPU time per request.\n\n")
		fmt.Printf("%-8s %-12s %-20s %11s %14s   %-22s %26s   %s\n", "engine", "workload", "peer", "peer req/s", "portico req/s", "throughput ratio",
			"CPU µs/req peer, portico", "CPU ratio")
		for _, r := range results {
			for i, p := range c.programs[len(ours):] {
				i += len(ours)
				fmt.Printf("%-8s %-12s %-20s %11.0f %14.0f   %-22s %12.0f %13.0f   %s\n", r.engine, r.name, p.name, r.median(i, rate), r.median(thePortico, rate),
					r.ratio(thePortico, i, rate), r.median(i, micros), r.median(thePortico, micros), r.ratio(thePortico, i, micros))
			}
		}
	}
	c.latencies("as fast as the side answers", results)
	steady := make([]result, len(results))
	for i, r := range results {
		steady[i] = result{engine: r.engine, workload: r.workload, rounds: r.steady}
	}
	c.latencies("with the same load for all sides, half of what the slowest can answer", steady)
}

// latencies prints the table of the latencies under a load.
func (c settings) latencies(load string, results []result) {
	fmt.Printf("\nLatency in ms, p50 and p99, each the median of the rounds, %s.\n\n%-8s %-12s  %9s", load, "engine", "workload", "req/s")
	for _, p := range c.programs {
		fmt.Printf("  %*s", width(p), p.name)
	}
	fmt.Println()
	for _, r := range results {
		fmt.Printf("%-8s %-12s  %9.0f", r.engine, r.name, r.slowest())
		for i, p := range c.programs {
			fmt.Printf("  %*s", width(p), fmt.Sprintf("%.2f %.2f", r.median(i, p50), r.median(i, p99)))
		}
		fmt.Println()
	}
}

// width returns the width of a side's column of latencies.
func width(p program) int { return max(13, len(p.name)) }

func spread(all []float64) string {
	return fmt.Sprintf("%.2f / %.2f / %.2f", slices.Min(all), median(all), slices.Max(all))
}

// median returns the middle value, or the mean of the two middle values.
func median(all []float64) float64 {
	s := slices.Sorted(slices.Values(all))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// agree checks that all sides return the same values, in whatever nesting and
// order of members. Only then do the sides do the same work.
func agree(w workload, sides []*side) error {
	if !w.alike {
		return nil
	}
	var first []string
	for i, s := range sides {
		s.sent[0].Store(0)
		body, err := s.ask(w, 0)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if m, ok := v.(map[string]any); ok && s.graphql {
			v = m["data"]
		}
		var leaves []string
		collect(v, &leaves)
		slices.Sort(leaves)
		if i == 0 {
			first = leaves
		}
		if !slices.Equal(first, leaves) {
			return fmt.Errorf("%s: the answers of %s and of %s differ: %d and %d values", w.name, sides[0].name, s.name, len(first), len(leaves))
		}
	}
	return nil
}

func collect(v any, into *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			collect(e, into)
		}
	case []any:
		for _, e := range v {
			collect(e, into)
		}
	default:
		*into = append(*into, fmt.Sprint(v))
	}
}
