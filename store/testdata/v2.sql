-- Rows in the second schema. Never change them: TestOldDatabases -update makes
-- v2.db of them, and v2.json is what every later program must read from it.
INSERT INTO loads VALUES (3, 1767225700000, 'lmstudio', 'qwen/qwen3-8b', 'qwen/qwen3-8b', 'loaded', 'keep_warm', 32768, 32768, 11.75, 5030000000, '');
INSERT INTO present VALUES ('lmstudio', 'qwen/qwen3-8b', 3);
INSERT INTO state VALUES ('journal', x'7B7D', 1767225700000);
INSERT INTO fallback_kinds VALUES (1, 'lmstudio/qwen/qwen3-8b', 'anthropic/claude-opus-4-6', 'fell_back', 'timeout', 'server_off');
INSERT INTO fallback_kinds VALUES (4, 'lmstudio/qwen/qwen3-8b', NULL, 'exhausted', 'unknown', 'unknown');
INSERT INTO fallback_kinds VALUES (5, '', NULL, 'melted', '', 'sunspots');
INSERT INTO fallbacks VALUES (2, 'log:run-1', 1767225600000, 1767225674250, 1, 74.25, 'log', '2026.3.13', 'run-1', '0f4c', 'agent:main:main', 'main',
    '[{"model":"lmstudio/qwen/qwen3-8b","started_at":"2026-01-01T00:00:00.000Z","at":"2026-01-01T00:01:10.000Z","decision":"failed","tries":3,"reason":"timeout","status":408,"code":"ECONNREFUSED","detail":"Ünïcode “detail” – 模型"},{"model":"anthropic/claude-opus-4-6","at":"2026-01-01T00:01:14.250Z","decision":"succeeded"}]',
    '{"code":"server_off","summary":"LM Studio''s server was off","confidence":"certain","evidence":[{"kind":"server_state","ref":"server_changes/1","at":"2025-12-31T23:50:00.000Z","text":"off"}],"remedy":{"text":"Start it.","action":"start_server","label":"Start the server","server":"lmstudio"}}');
INSERT INTO fallbacks VALUES (5, 'log:run-2', 1767225600000, NULL, 4, NULL, 'transcript', '', '', '', '', '', '[]',
    '{"code":"unknown","summary":"","confidence":"unknown","evidence":[]}');
INSERT INTO fallbacks VALUES (6, 'later:1', 1767225500000, NULL, 5, 0, 'telepathy', '2031.1.1', '', 's', 's', '',
    '[{"model":"a/b","at":"2026-01-01T00:00:00.000Z","decision":"teleported"}]',
    '{"code":"sunspots","summary":"the sun","confidence":"sure","evidence":[{"kind":"telescope","at":"2026-01-01T00:00:00.000Z","text":"a spot"}],"remedy":{"text":"Wait.","action":"wait"}}');
INSERT INTO cursors VALUES (x'2F746D702F6F70656E636C61772F6F70656E636C61772D323032362D30312D30312E6C6F67', 66, -2, 4096, x'00FF', '', 1767225700000);
INSERT INTO cursors VALUES (x'2F746D702F73', 0, 0, 0, NULL, 'row 7', 1767225700001);
INSERT INTO server_changes VALUES (1, 1767225000000, 'lmstudio', 'server_off', 'server_off', 'Nothing listens on port 1234.');
INSERT INTO server_changes VALUES (2, 1767225640000, 'lmstudio', 'up', '', '');
INSERT INTO server_changes VALUES (3, 1767225640000, 'other', 'dreaming', '', '');
