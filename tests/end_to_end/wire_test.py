"""Both APIs, chains, files, texts and gateways, by the whole program against look-alike servers of each kind."""

import base64
import json
import socket
import threading

from harness import DarkroomTest, Simulator, main

QUICK = {"latency": {"base_ms": 5, "per_megapixel_ms": 0, "tail_sigma": 0}, "art": "flat"}
CANARY = "canary-0123456789-abcdef"


class Wire(DarkroomTest):
    def manifest(self, base_url, provider, jobs, route="{ provider: studio, api: images }"):
        return self.write_manifest(f"""
version: 1
name: wire
providers:
  studio:
    base_url: {base_url}
    api_key_env: STUDIO_KEY
    {provider}
defaults:
  route: {route}
  model: gpt-image-2
  size: 1024x1024
  quality: low
jobs:
{jobs}
""")

    TWO = """
  - { id: first, prompt: "a red teapot" }
  - { id: second, prompt: "the same at night", after: first }
"""
    RESPONSES = "{ provider: studio, api: responses, model: gpt-5.5 }"

    def run_kind(self, profile, provider, path="/v1", route="{ provider: studio, api: images }"):
        with Simulator({**QUICK, **profile}, self.folder) as simulator:
            root = simulator.base_url.rsplit("/v1", 1)[0]
            ended = self.run_manifest(self.manifest(root + path, provider, self.TWO, route))
            self.assertEqual(ended["items"]["done"], 2)
            bill = simulator.bill()
            self.assert_bill_equals_ledger(bill)
            self.assert_folder_is_clean()
            return bill["requests"]

    def test_a_chain_by_name_on_the_responses_api(self):
        requests = self.run_kind({}, "", route=self.RESPONSES)
        self.assertEqual([request["api"] for request in requests], ["responses", "responses"])
        first, second = self.attempts()
        self.assertTrue(first["response_id"].startswith("resp_"))
        self.assertTrue(first["image_call_id"].startswith("ig_"))
        self.assertEqual(first["mainline_model"], "gpt-5.5")
        self.assertGreater(first["usage"]["mainline_input_tokens"], 0)
        self.assertGreater(first["usage"]["output_image_tokens"], 0)
        self.assertEqual(second["request_shape"]["references"], [])

    def test_a_chain_by_picture_on_the_images_api(self):
        self.run_kind({}, "")
        _, second = self.attempts()
        received = {line["item"]: line["received_sha256"] for line in self.items().values()}
        self.assertEqual(second["request_shape"]["references"], [received["first"]])

    def test_responses_without_a_stream(self):
        self.run_kind({}, "", route=self.RESPONSES + "\n  stream: false")

    def test_responses_with_every_habit(self):
        self.run_kind({"wire": {"keepalives": True, "done_marker": True, "crlf": True, "empty_output": True,
                                "status_generating": True, "revised_prompt": True}}, "", route=self.RESPONSES)

    def test_azure_with_deployments_in_the_path(self):
        self.run_kind({"wire": {"azure": True}}, "dialect: azure-deployments\n    deployment: pictures", "/openai")

    def test_azure_v1(self):
        self.run_kind({"wire": {"azure": True}}, "dialect: azure\n    deployment: pictures", "/openai/v1")

    def test_openrouter(self):
        self.run_kind({"wire": {"openrouter": True}}, "dialect: openrouter", "/api/v1")

    def test_a_gateway_that_answers_with_addresses_only(self):
        self.run_kind({"wire": {"url_only": True, "response_format": True}},
                      "dialect: new-api\n    wire: { allow_url_results: true }")

    def test_json_edits(self):
        self.run_kind({}, "dialect: custom\n    wire: { edits: json-images }")
        self.assertEqual({line["outcome"] for line in self.attempts()}, {"delivered"})

    def test_json_to_a_stream_request(self):
        self.run_kind({"faults": {"json_to_stream": 1}}, "")

    def test_a_reference_set_is_uploaded_once_and_deleted_when_asked(self):
        reference = "{ file: ref.png }"
        with Simulator(QUICK, self.folder) as simulator:
            made = self.manifest(simulator.base_url, "", '  - { id: ref, prompt: "a palette" }')
            self.run_manifest(made)
            (self.folder / "ref.png").write_bytes((self.out / "ref.png").read_bytes())
            jobs = "\n".join(f'  - {{ id: i{n}, prompt: "a room {n}", references: [{reference}] }}' for n in range(5))
            made = self.manifest(simulator.base_url, "delete_uploads: true", jobs, self.RESPONSES)
            self.assertEqual(self.run_manifest(made)["items"]["done"], 5)
            files = simulator.get("/v1/files")["data"]
            self.assertEqual(files, [])
            made = self.manifest(simulator.base_url, "", jobs.replace("id: i", "id: k").replace("room", "hall"),
                                 self.RESPONSES)
            self.assertEqual(self.run_manifest(made)["items"]["done"], 5)
            self.assertEqual(len(simulator.get("/v1/files")["data"]), 1)

    def test_text_instead_of_a_picture_is_refused_and_costs_what_the_text_cost(self):
        with Simulator({**QUICK, "faults": {"text_instead": 1}}, self.folder) as simulator:
            made = self.manifest(simulator.base_url, "", '  - { id: a, prompt: "a mug" }', self.RESPONSES)
            ended = self.run_manifest(made, expect=1)
            self.assertEqual(ended["items"]["failed"], 1)
            (attempt,) = self.attempts()
            self.assertEqual(attempt["outcome"], "refused")
            self.assertGreater(attempt["cost_usd"], 0)
            self.assertAlmostEqual(attempt["cost_usd"], simulator.bill()["requests"][0]["usd"], places=5)

    def test_weather_on_the_responses_api(self):
        profile = {**QUICK, "seed": 11, "faults": {
            "cut_stream": 0.1, "rate_limit_429": 0.1, "server_error": 0.1, "wrong_size": 0.05, "empty_data": 0.05}}
        jobs = "\n".join(f'  - {{ id: i{n}, prompt: "a mug {n}" }}' for n in range(60))
        with Simulator(profile, self.folder) as simulator:
            made = self.manifest(simulator.base_url, "limits: { concurrency: 16 }", jobs, self.RESPONSES)
            finished = self.darkroom("run", made, "-o", self.out, "--json", "--yes", expect=None)
            self.assertIn(finished.returncode, (0, 1, 8), finished.stderr)
            ended = json.loads(finished.stdout)
            self.assertEqual(ended["items"]["open"], 0)
            self.assert_bill_equals_ledger(simulator.bill())
            self.assert_folder_is_clean()


class Doctor(DarkroomTest):
    def test_it_finds_what_is_wrong_and_says_how_to_mend_it(self):
        with Simulator({**QUICK, "api_key": "the-right-key"}, self.folder) as simulator:
            manifest = self.studio(simulator, 1)
            good = self.darkroom("doctor", manifest, environment={"STUDIO_KEY": "the-right-key"})
            for part in ("key in STUDIO_KEY, from environment", "the key is good", "it has gpt-image-2", "disk:",
                         "the clocks agree", "all is well"):
                self.assertIn(part, good.stdout)
            self.assertNotIn("the-right-key", good.stdout + good.stderr)
            wrong = self.darkroom("doctor", manifest, environment={"STUDIO_KEY": CANARY}, expect=3)
            self.assertIn("FAIL", wrong.stdout)
            self.assertIn("check the key in STUDIO_KEY", wrong.stdout)
            self.assertNotIn(CANARY, wrong.stdout + wrong.stderr)
            missing = self.darkroom("doctor", manifest, environment={"STUDIO_KEY": ""}, expect=3)
            self.assertIn("no key in STUDIO_KEY", missing.stdout)
            manifest.write_text(manifest.read_text().replace("gpt-image-2", "gpt-image-9"))
            model = self.darkroom("doctor", manifest, environment={"STUDIO_KEY": "the-right-key"}, expect=4)
            self.assertIn("gpt-image-9 is not among its", model.stdout)
            self.assertEqual(simulator.bill()["requests"], [])
        gone = self.darkroom("doctor", manifest, environment={"STUDIO_KEY": "the-right-key"}, expect=5)
        self.assertIn("check the network", gone.stdout)

    def test_a_text_is_asked_only_when_wanted(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 1)
            said = self.darkroom("doctor", manifest, "--text", "gpt-5.4-mini")
            self.assertIn("gpt-5.4-mini answered a text", said.stdout)


class EchoingProxy:
    """Answers every request with 407 and everything that it was told, as a hostile proxy might."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard = []
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                told = peer.recv(65536)
                self.heard.append(told)
                body = b"you said: " + told
                peer.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nX-Echo: %s\r\nContent-Length: %d\r\n\r\n%s"
                             % (told.replace(b"\r\n", b" "), len(body), body))

    def __exit__(self, *_):
        self.listener.close()


class Canary(DarkroomTest):
    """A key planted in the environment, in a manifest, in a server's echo and in a proxy is nowhere afterwards."""

    def assert_nowhere(self, *outputs):
        for secret in (CANARY, base64.b64encode(f"me:{CANARY}".encode()).decode()):
            for text in outputs:
                self.assertNotIn(secret, text)
            for path in self.folder.rglob("*"):
                if path.is_file() and path.name != "manifest.yaml" and path.parent != self.folder:
                    self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def test_in_the_environment_and_the_server_s_echo(self):
        class Echo(EchoingProxy):
            def serve(self):
                while True:
                    try:
                        peer, _ = self.listener.accept()
                    except OSError:
                        return
                    with peer:
                        told = peer.recv(65536)
                        body = json.dumps({"error": {"message": "Incorrect API key: " + told.decode("latin-1"),
                                                     "code": told.decode("latin-1")}}).encode()
                        peer.sendall(b"HTTP/1.1 400 Bad Request\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n"
                                     b"Content-Type: application/json\r\nConnection: close\r\n\r\n%s"
                                     % (CANARY.encode(), len(body), body))

        with Echo() as server:
            text = f"""
version: 1
providers: {{ studio: {{ base_url: "http://127.0.0.1:{server.port}/v1", api_key_env: STUDIO_KEY }} }}
jobs:
  - {{ id: a, route: studio, model: gpt-image-2, prompt: a mug }}
  - {{ id: b, route: {{ provider: studio, api: responses, model: gpt-5.5 }}, model: gpt-image-2, prompt: a mug, enrich: gpt-5.4-mini }}
"""
            manifest = self.write_manifest(text)
            environment = {"STUDIO_KEY": CANARY}
            ran = self.darkroom("run", manifest, "-o", self.out, "--yes", "--no-probe", "--progress", "json", expect=None,
                                environment=environment)
            probed = self.darkroom("run", manifest, "-o", self.out, "--yes", expect=None, environment=environment)
            doctor = self.darkroom("doctor", manifest, expect=None, environment=environment)
            self.assertNotEqual(ran.returncode, 0)
            self.assert_nowhere(*(one.stdout + one.stderr for one in (ran, probed, doctor)))

    def test_in_a_proxy_s_address_and_its_echo(self):
        with EchoingProxy() as proxy:
            manifest = self.write_manifest("""
version: 1
providers: { studio: { base_url: "https://images.studio.example/v1", api_key_env: STUDIO_KEY } }
jobs: [{ id: a, route: studio, model: gpt-image-2, prompt: a mug, retry: { max_attempts: 1 } }]
""")
            environment = {"HTTPS_PROXY": f"http://me:{CANARY}@127.0.0.1:{proxy.port}", "STUDIO_KEY": "another-key-98765",
                           "NO_PROXY": "", "no_proxy": ""}
            ran = self.darkroom("run", manifest, "-o", self.out, "--yes", expect=5, environment=environment)
            doctor = self.darkroom("doctor", manifest, expect=5, environment=environment)
            self.assertIn("check HTTPS_PROXY", doctor.stdout)
            self.assertTrue(proxy.heard)
            for told in proxy.heard:
                self.assertTrue(told.startswith(b"CONNECT images.studio.example:443 "))
                self.assertNotIn(b"another-key-98765", told)
            self.assert_nowhere(*(one.stdout + one.stderr for one in (ran, doctor)))

    def test_a_literal_key_in_a_manifest_is_refused_without_showing_it(self):
        manifest = self.write_manifest(f"""
version: 1
providers: {{ studio: {{ base_url: "https://x.example/v1", api_key_env: "sk-{CANARY}" }} }}
jobs: [{{ id: a, route: studio, model: gpt-image-2, prompt: a mug }}]
""")
        refused = self.darkroom("run", manifest, "-o", self.out, expect=2)
        self.assert_nowhere(refused.stdout + refused.stderr)


if __name__ == "__main__":
    main()
