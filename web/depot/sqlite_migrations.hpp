#pragma once
// The tables of the catalogue, step by step. Only sqlite_catalogue.cpp includes it.
#include <array>

namespace resus::depot {

/// Step n brings a catalogue from version n to n + 1 (PRAGMA user_version).
inline constexpr std::array kMigrations = {
    "CREATE TABLE machines(id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;"
    "CREATE TABLE timeline(n INTEGER PRIMARY KEY, machine TEXT NOT NULL, t_ms INTEGER NOT NULL, actor TEXT NOT NULL,"
    " action TEXT NOT NULL, text TEXT NOT NULL, code TEXT NOT NULL) STRICT;"
    "CREATE INDEX timeline_machine ON timeline(machine, n);"
    "CREATE TABLE log(n INTEGER PRIMARY KEY, machine TEXT NOT NULL, t TEXT NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
    "CREATE INDEX log_machine ON log(machine, n);"
    "CREATE TABLE operators(name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL) STRICT;"
    "CREATE TABLE sessions(token TEXT PRIMARY KEY, user TEXT NOT NULL, role TEXT NOT NULL, expires_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE batches(id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;"
    "CREATE TABLE replies(n INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL) STRICT;"
    "CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;",
    "CREATE TABLE stages(n INTEGER PRIMARY KEY, machine TEXT NOT NULL, attempt INTEGER NOT NULL, phase TEXT NOT NULL,"
    " worked_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, size_class INTEGER NOT NULL, model TEXT NOT NULL,"
    " link_mbit INTEGER NOT NULL, content TEXT NOT NULL, finished_ms INTEGER NOT NULL) STRICT;",
    "CREATE TABLE set_aside(n INTEGER PRIMARY KEY, machine TEXT NOT NULL, document TEXT NOT NULL, t_ms INTEGER NOT NULL,"
    " why TEXT NOT NULL) STRICT;",
    "CREATE TABLE jobs(n INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, ended INTEGER NOT NULL, document TEXT NOT NULL) STRICT;",
};

}  // namespace resus::depot
