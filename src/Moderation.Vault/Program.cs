// Starts the vault or the custodian, the two processes that hold one decryption key each, and tends their files.
using Moderation.Vault;
using Moderation.Vault.Ceremony;
using Moderation.Vault.Opening;
using Moderation.Vault.Storage;

const string Usage = """
    Moderation.Vault init DIR
    Moderation.Vault renew-list --dir DIR
    Moderation.Vault enrol --dir DIR --staff STAFF [--senior] --key HEX_COSE_KEY
    Moderation.Vault unenrol --dir DIR --kid HEX
    Moderation.Vault trust-relay --dir DIR --key HEX_COSE_KEY
    Moderation.Vault vault --dir DIR/vault --socket PATH --custodian PATH
    Moderation.Vault custodian --dir DIR/custodian --socket PATH
    Moderation.Vault log verify --dir DIR/vault
    """;

try
{
    switch (args)
    {
        case ["init", var folder]:
            return KeyCeremony.Run(folder, TimeProvider.System, Console.Out);
        case ["renew-list", .. var rest]:
            return KeyCeremony.RenewList(new Arguments(rest, ["--dir"], [])["--dir"], TimeProvider.System, Console.Out);
        case ["enrol", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--staff", "--key"], ["--senior"]);
            return Enrolment.Enrol(
                given["--dir"],
                given["--staff"],
                given.Has("--senior"),
                given["--key"],
                Console.Out
            );
        }
        case ["unenrol", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--kid"], []);
            return Enrolment.Unenrol(given["--dir"], given["--kid"], Console.Out);
        }
        case ["trust-relay", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--key"], []);
            return Enrolment.TrustRelay(given["--dir"], given["--key"], Console.Out);
        }
        case ["vault", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--socket", "--custodian"], []);
            return await Processes.VaultAsync(given["--dir"], given["--socket"], given["--custodian"]);
        }
        case ["custodian", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--socket"], []);
            return await Processes.CustodianAsync(given["--dir"], given["--socket"]);
        }
        case ["log", "verify", .. var rest]:
            return LogCheck.Run(new Arguments(rest, ["--dir"], [])["--dir"], Console.Out);
        default:
            Console.Error.WriteLine(Usage);
            return 1;
    }
}
catch (UsageException fault)
{
    Console.Error.WriteLine(fault.Message);
    Console.Error.WriteLine(Usage);
    return 1;
}
catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}
