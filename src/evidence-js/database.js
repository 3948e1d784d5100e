// One IndexedDB object store, opened for each transaction: the browser's own key store, which keeps non-extractable keys as they are.

/** @param {string} database @param {string} store @param {string} keyPath */
function open(database, store, keyPath) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(database, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Runs one transaction and answers its request once everything is stored.
 * @param {{ database: string, store: string, keyPath: string }} where @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} action @returns {Promise<any>}
 */
export async function transact({ database, store, keyPath }, mode, action) {
  const opened = await open(database, store, keyPath);
  try {
    return await new Promise((resolve, reject) => {
      const transaction = opened.transaction(store, mode);
      const request = action(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    opened.close();
  }
}
