// Command gen writes the file of AWS's services that package awsmodel embeds.
//
//	go run ./operations/awsmodel/internal/gen -data FOLDER -version 1.43.11 [-write]
//
// FOLDER is botocore's data folder, of the version given. Without -write it
// only says what would change: services, operations and parameters that come
// or go.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	data := flag.String("data", "", "botocore's `folder` of data")
	version := flag.String("version", "", "botocore's `version` that the data are of")
	dir := flag.String("dir", filepath.Join("operations", "awsmodel"), "the `folder` of package awsmodel")
	write := flag.Bool("write", false, "write the files")
	flag.Parse()
	if err := run(*data, *version, *dir, *write); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(data, version, dir string, write bool) error {
	if data == "" || version == "" {
		return fmt.Errorf("give -data and -version")
	}
	tablePath, filePath := filepath.Join(dir, "names.tsv"), filepath.Join(dir, "services.bin")
	table, err := os.ReadFile(tablePath)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	out, err := Generate(os.DirFS(data), version, table)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(filePath)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	lines, err := Diff(old, out.File)
	if err != nil {
		return err
	}
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Fprintf(os.Stderr, "%d services, %d operations, %d bytes\n", out.Services, out.Operations, len(out.File))
	if !write {
		return nil
	}
	if err := os.WriteFile(tablePath, out.Names, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filePath, out.File, 0o644)
}
