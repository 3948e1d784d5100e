// Starts the vault or the custodian, the two processes that hold one decryption key each.
return 0;
