// What the ring does, as measures: no names, no content, no meeting.
using System.Diagnostics.Metrics;

namespace Moderation.Sdk;

/// <summary>The meter <c>Moderation.Sdk</c>.</summary>
internal static class SdkMeter
{
    private static readonly Meter Meter = new("Moderation.Sdk", "0.1.0");

    public static Counter<long> Written { get; } =
        Meter.CreateCounter<long>("moderation.sdk.ring.written", "By", "Bytes that writers gave and the ring took.");

    public static Counter<long> Dropped { get; } =
        Meter.CreateCounter<long>(
            "moderation.sdk.ring.dropped",
            "{frame}",
            "Frames the ring could not take, by reason."
        );

    public static Counter<long> KeyFrameRequests { get; } =
        Meter.CreateCounter<long>("moderation.sdk.key_frame_requests", "{request}", "Key frames asked for.");

    public static Counter<long> UploadRetries { get; } =
        Meter.CreateCounter<long>("moderation.sdk.upload.retries", "{request}", "Requests sent again.");
}
