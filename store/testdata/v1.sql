-- Rows in the first schema. Never change them: TestOldDatabases -update makes
-- v1.db of them, and v1.json is what every later program must read from it.
INSERT INTO loads VALUES (1, 1767225600000, 'lmstudio', 'qwen/qwen3-8b', 'qwen/qwen3-8b', 'loaded', 'already_loaded', NULL, 8192, NULL, 5030000000, '');
INSERT INTO loads VALUES (2, 1767225661001, 'lmstudio', 'qwen/qwen3-8b', 'qwen/qwen3-8b', 'unloaded', 'ttl', NULL, NULL, NULL, NULL, 'Idle for 60 minutes, which is its TTL.');
INSERT INTO loads VALUES (3, 1767225662999, 'lmstudio', 'qwen/qwen3-8b', 'qwen/qwen3-8b', 'load_failed', 'keep_warm', 32768, NULL, 0.25, NULL, 'The server refused for lack of memory.');
INSERT INTO loads VALUES (4, 1767225700000, 'lmstudio', 'qwen/qwen3-8b', 'qwen/qwen3-8b', 'loaded', 'keep_warm', 32768, 32768, 11.75, 5030000000, 'Ünïcode “detail” – 模型');
INSERT INTO loads VALUES (7, 1767225800000, 'other', 'text-embedding-nomic', 'text-embedding-nomic:2', 'loaded', 'external', NULL, NULL, NULL, NULL, '');
INSERT INTO present VALUES ('lmstudio', 'qwen/qwen3-8b', 4);
INSERT INTO present VALUES ('other', 'text-embedding-nomic:2', 7);
INSERT INTO state VALUES ('keep', x'7B226D6F64656C223A227177656E2F7177656E332D3862227D', 1767225700000);
INSERT INTO state VALUES ('empty', x'', 1767225700000);
