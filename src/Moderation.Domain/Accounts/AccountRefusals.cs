// The refusals that accounts and their devices can give.
namespace Moderation.Domain.Accounts;

public static class AccountRefusals
{
    public static Refusal NotFound { get; } =
        new(RefusalKind.NotFound, "account.not-found", "There is no account with this id.");

    public static Refusal ExternalIdInvalid { get; } =
        new(
            RefusalKind.Malformed,
            "account.external-id-invalid",
            "A platform's id has 1 to 128 characters, no slash and no control character."
        );

    public static Refusal DeviceKeyInvalid { get; } =
        new(RefusalKind.Unprocessable, "device.key-invalid", "This is not a public key of a kind that is accepted.");

    public static Refusal DeviceKidMismatch { get; } =
        new(RefusalKind.Unprocessable, "device.kid-mismatch", "The kid is not the thumbprint of this key.");

    public static Refusal DeviceOfAnotherAccount { get; } =
        new(RefusalKind.Conflict, "device.of-another-account", "This key is registered for another account.");

    public static Refusal DeviceNotFound { get; } =
        new(RefusalKind.NotFound, "device.not-found", "This account has no such device.");

    public static Refusal DeviceCertificateInvalid { get; } =
        new(
            RefusalKind.Unprocessable,
            "device.certificate-invalid",
            "The certificate is not signed by the device authority, is not of this key, or is not valid now."
        );

    public static Refusal DirectoryItemUnknown { get; } =
        new(
            RefusalKind.Malformed,
            "directory.item-unknown",
            "The item is of no known kind, or lacks the member of it."
        );
}
