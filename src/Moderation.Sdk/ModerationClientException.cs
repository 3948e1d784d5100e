// What the client itself refuses to do, with a stable code of the area `client`.
namespace Moderation.Sdk;

/// <summary>Nothing was sent, or what came back was not accepted. <see cref="Code"/> never changes; the words may.</summary>
public sealed class ModerationClientException(string code, string detail)
    : InvalidOperationException($"{code}: {detail}")
{
    public string Code { get; } = code;

    internal static ModerationClientException ChainDiffers() =>
        new(
            "client.chain-differs",
            "this device's report history differs from the server's; nothing was sent. Register a new device key."
        );

    internal static ModerationClientException RecipientKeys() =>
        new(
            "client.recipient-keys",
            "the recipient keys are not signed by the configuration key built into this client, or are out of date."
        );

    internal static ModerationClientException Receipt(string refusal) =>
        new("client.receipt", $"the intake receipt does not verify ({refusal}).");

    internal static ModerationClientException NothingToReport() =>
        new("client.nothing-to-report", "the ring holds nothing of this window.");

    internal static ModerationClientException UnknownReason(string reason) =>
        new("client.unknown-reason", $"the service knows no reason {reason}.");
}
