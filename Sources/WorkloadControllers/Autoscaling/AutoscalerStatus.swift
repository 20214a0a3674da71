internal import APITypes
internal import Determinism

/// Conditions `AbleToScale`, `ScalingActive` and `ScalingLimited`.
extension HorizontalPodAutoscalerStatus {
    mutating func set(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String, now: Timestamp) {
        let status = isTrue ? "True" : "False"
        var condition = HorizontalPodAutoscalerCondition()
        condition.type = type
        condition.status = status
        condition.reason = reason
        condition.message = message
        condition.lastTransitionTime = now
        guard let index = conditions.firstIndex(where: { $0.type == type }) else { return conditions.append(condition) }
        if conditions[index].status == status { condition.lastTransitionTime = conditions[index].lastTransitionTime }
        conditions[index] = condition
    }

    mutating func ableToScale(_ isTrue: Bool, _ reason: String, _ message: String, now: Timestamp) {
        set("AbleToScale", isTrue, reason, message, now: now)
    }

    mutating func scalingActive(_ isTrue: Bool, _ reason: String, _ message: String, now: Timestamp) {
        set("ScalingActive", isTrue, reason, message, now: now)
    }

    mutating func scalingLimited(_ isTrue: Bool, _ reason: String, _ message: String, now: Timestamp) {
        set("ScalingLimited", isTrue, reason, message, now: now)
    }
}
