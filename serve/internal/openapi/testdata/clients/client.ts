// Calls the routes of kinds.yaml by a client that is typed by the document: what does not
// fit it does not compile. The address of the server is the argument.
import createClient from "openapi-fetch";
import type { components, paths } from "./kinds.js";

declare const process: { argv: string[]; exitCode?: number };

const api = createClient<paths>({ baseUrl: process.argv[2] });
const bearer = { Authorization: "Bearer s3cret" };

function want(what: string, got: unknown, wanted: unknown) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    console.error(`${what}: ${JSON.stringify(got)}, want ${JSON.stringify(wanted)}`);
    process.exitCode = 1;
  }
}

// The answer of a run that has ended: 202 says that it goes on.
function output<T extends object>(data: T | undefined): Extract<T, { who: string }> | undefined {
  return data && "who" in data ? (data as Extract<T, { who: string }>) : undefined;
}

const who = { path: { who: "ada" } };
const made = await api.POST("/kinds/{who}", {
  params: { ...who, header: { "Idempotency-Key": "k1" } },
  headers: bearer,
  body: {
    n: 4, x: 1.5, sure: true, at: "2026-03-01T00:00:00Z", wait: "10s", raw: "aGk=", any: { q: [1] }, tags: ["a"], labels: { one: 1 },
    deep: { a: "b", b: [{ c: 2 }] }, pin: "1234", kind: "a",
  },
});
const all = output(made.data);
want("made", [made.response.status, all?.n, all?.x, all?.tags?.[0], all?.labels?.one, all?.deep?.b?.[0]?.c], [200, 4, 1.5, "a", 1, 2]);
want("its version", made.response.headers.get("Flow-Version")?.length, 12);

const wrong = await api.POST("/kinds/{who}", { params: who, headers: bearer, body: { n: 40, kind: "b" } });
const problem: components["schemas"]["Problem"] | undefined = wrong.error;
want("a mistake", [wrong.response.status, problem?.errors?.[0]?.pointer, problem?.errors?.[0]?.help], [422, "#/n", "send an integer from 1 to 10 (How many)"]);

const nobody = await api.POST("/kinds/{who}", { params: who, body: {} });
want("nobody", [nobody.response.status, nobody.error?.code], [401, "Unauthorized"]);

const found = await api.GET("/kinds/{who}", { params: { ...who, query: { many: 5 } }, headers: { "X-Key": "s3cret" } });
want("found", [found.response.status, output(found.data)?.who, output(found.data)?.n], [200, "ada", 5]);

const gone = await api.DELETE("/kinds/{who}", { params: who, headers: { Authorization: "Basic " + btoa("ada:s3cret") } });
want("gone", gone.response.status, 204);

const put = await api.PUT("/kinds/{who}", { params: { ...who, query: { n: 6 } }, body: { inner: { a: "x" } } });
want("put", [put.response.status, put.response.headers.get("Location"), output(put.data)?.n, output(put.data)?.deep?.a], [201, "/kinds/ada", 6, "x"]);
const odd = await api.PUT("/kinds/{who}", { params: { ...who, query: { n: 7 } }, body: {} });
want("odd", [odd.response.status, odd.error && "code" in odd.error ? odd.error.code : ""], [409, "Odd"]);

const late = await api.POST("/late", {});
const accepted = await api.POST("/kinds/{who}", { params: { ...who, header: { Prefer: "respond-async" } }, headers: bearer, body: {} });
want("late", [late.response.status, accepted.response.status], [202, 202]);
const run = late.response.headers.get("Location")?.split("/").pop() ?? "";
const state = await api.GET("/-/runs/{run}", { params: { path: { run } } });
want("its state", [state.response.status, state.data?.flow], [200, "kinds"]);
