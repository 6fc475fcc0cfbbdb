// test_headers: nothing of its own; the precompiled headers of the tests belong to a target, and a
// target has a source.
