package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

// legend says what the figures are.
func legend() []string {
	return []string{
		"Figures are medians of the rounds; a ratio is taken within each round. Spread is the smallest and the largest.",
		"Client and stub share the cores, so calls/s says how both do together; client CPU is user and system time of the client's process alone, for each request.",
		"Noise is the share of one core that other processes used meanwhile; above 0.3 trust the ratios only.",
		"The AWS SDK client is config.LoadDefaultConfig with static credentials and a BaseEndpoint; it sends bytes and gets bytes. " +
			"net/http keeps enough connections for all workers.",
		"The flow of one invoke checks a condition, maps an order to the payload, decodes the answer, and writes three log lines (zerolog, level info) to where nobody reads them.",
		"64 KiB passed through: two requests, the second with the answer of the first; times are of both, all else of one request.",
		"A flow beside a bare log runs in memory, and waits for the disk as often as one on a journal has to: for a log that holds nothing of it and never grows. No journal that keeps its promise is faster.",
		"Three steps on a disk: a flow on a journal waits for the disk before each change and at its end. " +
			"DBOS Transact sets SQLite to synchronous=NORMAL, which waits for no disk: the loss of power takes its last records.",
		"Processes run with Go's default garbage collector settings where the row names no others.",
	}
}

func write(r *figures.Report, s *settings, w io.Writer) error {
	switch {
	case s.json && s.file == "":
		return r.JSON(w) //nolint:wrapcheck // the caller does
	case s.markdown:
		return markdown(r, w)
	default:
		return tables(r, w)
	}
}

// tables prints everything for a terminal.
func tables(r *figures.Report, w io.Writer) error {
	fmt.Fprintf(w, "%s, %d rounds\n\n", where(r.Machine), r.Rounds)
	for i := range r.Sections {
		if err := r.Sections[i].Table().Text(w); err != nil {
			return err //nolint:wrapcheck // the caller does
		}
	}
	if err := r.Ratios().Text(w); err != nil {
		return err //nolint:wrapcheck // the caller does
	}
	if len(r.Goals) > 0 {
		if err := r.Goals.Table().Text(w); err != nil {
			return err //nolint:wrapcheck // the caller does
		}
	}
	for _, line := range append(r.Missing(), r.Legend...) {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err //nolint:wrapcheck // the caller does
		}
	}
	return nil
}

func where(m figures.Machine) string {
	parts := []string{fmt.Sprintf("%d cores", m.Cores)}
	if m.CPU != "" {
		parts = append(parts, m.CPU)
	}
	return strings.Join(append(parts, m.OS+"/"+m.Arch, m.Go), ", ")
}

// shown is the section whose figures docs/speed.md shows beside the ratios.
const shown = workInvoke + "-16"

// markdown prints what docs/speed.md shows.
func markdown(r *figures.Report, w io.Writer) error {
	fmt.Fprintf(w, "%s; medians of %d rounds.\n", where(r.Machine), r.Rounds)
	tables := []figures.Table{r.ByCalls(), r.Others()}
	for i, s := range r.Sections {
		if s.Name == shown {
			t := r.Sections[i].Table()
			t.Header[0] = t.Title
			tables = append([]figures.Table{t}, tables...)
		}
	}
	for _, t := range tables {
		if len(t.Rows) == 0 {
			continue
		}
		fmt.Fprintln(w)
		if err := t.Markdown(w); err != nil {
			return err //nolint:wrapcheck // the caller does
		}
	}
	for _, line := range r.Missing() {
		if _, err := fmt.Fprintf(w, "\n%s\n", line); err != nil {
			return err //nolint:wrapcheck // the caller does
		}
	}
	return nil
}
