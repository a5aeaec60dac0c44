package console_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	if address, cookie, ok := strings.Cut(os.Getenv(readerOf), " "); ok {
		read(address, cookie)
		return
	}
	testenv.Clean()
	os.Exit(m.Run())
}

// readerOf names the environment variable that makes this program a reader of a stream:
// an address and a cookie. What reading costs is then not counted as the server's.
const readerOf = "MEDLAR_TEST_READER"

// read reads a stream to its end, as a page does that is watched, and says how many
// frames and bytes came.
func read(address, cookie string) {
	req, err := http.NewRequest(http.MethodGet, address, nil) //nolint:noctx // the process ends with the stream
	if err != nil {
		panic(err)
	}
	req.Header.Set("Cookie", cookie)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	frames, size := 0, 0
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		size += len(lines.Bytes()) + 1
		if lines.Text() == "" {
			frames++
		}
	}
	fmt.Println(frames, size)
}
