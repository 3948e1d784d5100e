// What the tool's exit says (sdk-and-cli.md 3).
namespace Moderation.Cli;

public static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int Refused = 4;
    public const int Conflict = 5;
    public const int VerificationFailed = 6;
    public const int Unavailable = 7;
    public const int Interrupted = 130;
}
