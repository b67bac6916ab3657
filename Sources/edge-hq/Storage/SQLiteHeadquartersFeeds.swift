// The feeds of headquarters' file.

import Contract
import Headquarters
import SQLiteStorage

extension SQLiteHeadquarters {
    func head(_ stream: FeedStream) throws -> FeedHead? {
        try database.first(
            "SELECT last, oldest FROM head WHERE owner = ? AND feed = ?", stream.owner.description,
            stream.feed.rawValue
        ) { FeedHead(stream: stream, last: Int64(try $0.int(0)), oldestKept: Int64(try $0.int(1))) }
    }

    func heads(of owner: FeedOwner) throws -> [FeedHead] {
        let found = try database.query(
            "SELECT feed, last, oldest FROM head WHERE owner = ?", owner.description
        ) { (try $0.text(0), Int64(try $0.int(1)), Int64(try $0.int(2))) }
        return Feed.allCases.compactMap { feed in
            found.first { $0.0 == feed.rawValue }.map {
                FeedHead(stream: FeedStream(owner, feed), last: $0.1, oldestKept: $0.2)
            }
        }
    }

    func append(_ entry: [UInt8], to stream: FeedStream, key: String?, isRemoval: Bool) throws -> Int64 {
        let (owner, feed) = (stream.owner.description, stream.feed.rawValue)
        let sequence = try (head(stream)?.last ?? 0) + 1
        try database.run(
            "INSERT INTO head VALUES (?, ?, ?, 1) ON CONFLICT (owner, feed) DO UPDATE SET last = excluded.last", owner,
            feed, sequence)
        try database.run("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", owner, feed, sequence, key, entry)
        if let key {
            if isRemoval {
                try database.run("DELETE FROM living WHERE owner = ? AND feed = ? AND key = ?", owner, feed, key)
            } else {
                try database.run("INSERT OR REPLACE INTO living VALUES (?, ?, ?, ?)", owner, feed, key, entry)
            }
        }
        return sequence
    }

    func entries(of stream: FeedStream, after sequence: Int64, bytesMax: Int, limit: Int) throws -> [[UInt8]] {
        var found: [[UInt8]] = []
        var bytes = 0
        var expected = sequence + 1
        try database.each(
            "SELECT sequence, body FROM entry WHERE owner = ? AND feed = ? AND sequence > ? ORDER BY sequence LIMIT ?",
            stream.owner.description, stream.feed.rawValue, sequence, limit
        ) { row in
            let body = try row.bytes(1)
            bytes += body.count + 1
            // An entry that is no longer kept ends what can be sent from here.
            guard Int64(try row.int(0)) == expected, found.isEmpty || bytes <= bytesMax else { return false }
            expected += 1
            found.append(body)
            return true
        }
        return found
    }

    func living(_ key: String, of stream: FeedStream) throws -> [UInt8]? {
        try database.first(
            "SELECT body FROM living WHERE owner = ? AND feed = ? AND key = ?", stream.owner.description,
            stream.feed.rawValue, key
        ) { try $0.bytes(0) }
    }

    func living(of stream: FeedStream) throws -> [[UInt8]] {
        try database.query(
            "SELECT body FROM living WHERE owner = ? AND feed = ? ORDER BY key", stream.owner.description,
            stream.feed.rawValue
        ) { try $0.bytes(0) }
    }

    func trim(_ stream: FeedStream, kept: Int) throws {
        guard let head = try head(stream) else { return }
        let oldest = head.last - Int64(kept) + 1
        guard oldest > head.oldestKept else { return }
        let (owner, feed) = (stream.owner.description, stream.feed.rawValue)
        try database.run("DELETE FROM entry WHERE owner = ? AND feed = ? AND sequence < ?", owner, feed, oldest)
        try database.run("UPDATE head SET oldest = ? WHERE owner = ? AND feed = ?", oldest, owner, feed)
    }

    func overwrite(_ key: String, of stream: FeedStream, with entry: [UInt8]) throws {
        let (owner, feed) = (stream.owner.description, stream.feed.rawValue)
        try database.run(
            "UPDATE entry SET body = ? WHERE owner = ? AND feed = ? AND key = ?", entry, owner, feed, key)
        try database.run(
            "UPDATE living SET body = ? WHERE owner = ? AND feed = ? AND key = ?", entry, owner, feed, key)
    }
}
