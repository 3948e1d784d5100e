// The refusals that sign-in and enrolment can give.
namespace Moderation.Domain.Staff;

public static class StaffRefusals
{
    public static Refusal SignInFailed { get; } =
        new(RefusalKind.Forbidden, "staff.sign-in-failed", "Login or password is wrong, or the account is disabled.");

    public static Refusal KeyInvalid { get; } =
        new(
            RefusalKind.Unprocessable,
            "staff.key-invalid",
            "This is not a public COSE_Key of a kind that is accepted."
        );

    public static Refusal KeyNotFound { get; } =
        new(RefusalKind.NotFound, "staff.key-not-found", "There is no such key.");
}
