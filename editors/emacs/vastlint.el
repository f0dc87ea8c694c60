;;; vastlint.el --- vastlint in Emacs 29, by eglot  -*- lexical-binding: t; -*-

;;; Commentary:
;; Load it from your init file.  `M-x vastlint-fix-buffer' makes every safe fix;
;; `vastlint-fix-on-save' does so before a buffer is saved.

;;; Code:

(require 'eglot)

(defvar vastlint-modes
  '(dockerfile-mode dockerfile-ts-mode sh-mode bash-ts-mode yaml-mode yaml-ts-mode conf-mode)
  "Major modes of files that vastlint reads.")

(add-to-list 'eglot-server-programs `(,vastlint-modes . ("vastlint" "server")))

;; Confs of supervisor.
(add-to-list 'auto-mode-alist '("/supervisor/conf\\.d/.*\\.conf\\'" . conf-unix-mode))

(dolist (mode vastlint-modes)
  (add-hook (intern (format "%s-hook" mode)) #'eglot-ensure))

(defun vastlint-fix-buffer ()
  "Make every safe fix in the buffer."
  (interactive)
  (when (eglot-managed-p)
    ;; There is none in a file without findings.
    (ignore-errors
      (eglot-code-actions (point-min) (point-max) "source.fixAll.vastlint" t))))

(define-minor-mode vastlint-fix-on-save
  "Make every safe fix before the buffer is saved."
  :lighter " fix"
  (if vastlint-fix-on-save
      (add-hook 'before-save-hook #'vastlint-fix-buffer nil t)
    (remove-hook 'before-save-hook #'vastlint-fix-buffer t)))

(provide 'vastlint)
;;; vastlint.el ends here
