// What headquarters' feeds `settings` and `hours` say of this shop, read once and kept until they change.

import Contract
import ShopCore
import ShopModel

/// The shop's settings.
struct ShopSettings {
    var limits = HoldLimits()
    /// Units of every SKU that are never promised, unless the SKU says otherwise.
    var safety = 0
    var hours: OpeningHours?

    /// Reads what is stored; a value that cannot be read leaves the default.
    init(_ storage: any FeedStorage, profile: ShopProfile) throws(StorageFailure) {
        // The shop's own setting is read last, over its groups'.
        for scope in profile.scopes.reversed() {
            for value in try storage.fedAll("settings", scope: scope) {
                guard let setting = try? SettingRecord(StateEntry(key: value.key, stored: value.value)) else {
                    continue
                }
                take(setting)
            }
        }
        for scope in profile.scopes where hours == nil {
            hours = Self.hours(try storage.fedAll("hours", scope: scope), zone: profile.zone)
        }
    }

    private mutating func take(_ setting: SettingRecord) {
        switch setting {
        case .holdMinutesDefault(let minutes): limits.holdMillisecondsDefault = Int64(minutes) * 60_000
        case .holdMinutesMax(let minutes): limits.holdMillisecondsMax = Int64(minutes) * 60_000
        case .limitKnown(let open): limits.openPerCustomerMax = open
        case .safetyStock(let units): safety = units
        case .limitAnonymous, .pickupAcceptMinutes, .unknown: break
        }
    }

    private static func hours(_ values: [FedValue], zone: TimeZoneRules) -> OpeningHours? {
        var hours: OpeningHours?
        var exceptions: [CivilDate: [Range<Int>]] = [:]
        for value in values {
            guard let record = try? HoursRecord(StateEntry(key: value.key, stored: value.value)) else { continue }
            switch record {
            case .weekly(let week): hours = OpeningHours(weekly: week.map { $0.map(\.minutes) }, zone: zone)
            case .day(let date, let spans): exceptions[date] = spans.map(\.minutes)
            }
        }
        hours?.exceptions = exceptions
        return hours
    }
}

extension HoursRecord.Span {
    /// The span in minutes of the day, end exclusive.
    fileprivate var minutes: Range<Int> { opens..<closes }
}
